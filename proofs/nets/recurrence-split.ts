/** J = own-unit part + cross-unit part: what a unit keeps by itself and what passes through weights, found by cutting and split by hand. */
import { type Arbitrary, constantFrom, record } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { own } from '../../ad/linear/own.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub, tanh } from '../../ad/primitives/elementwise.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { drive } from '../../nets/cells/gate.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { describeRun, type Pool, pools, runOf } from '../arbitraries/cells.ts'
import { type Equation, entries, equation, type Proposition } from '../proposition.ts'

/** A program's parameters, read by name. */
type Named = { readonly [name: string]: Value }
/** A step that takes its state twice: where a unit meets its own, and where it passes through weights. */
type Split = (θ: Named, own: Named, cross: Named, x: Value) => Named

const alpha = 0.25
const at = (θ: Named, name: string): Value => θ[name] as Value
const gate = (θ: Named, k: string, h: Value, x: Value): Value => drive(θ, k, h, x)

/** The three cells again, written by hand with their state twice. */
const splits = {
  leaky: (θ, own, cross, x) => {
    const u = add(add(matvec(at(θ, 'W_rec'), at(cross, 'h')), matvec(at(θ, 'W_in'), x)), at(θ, 'b_rec'))
    return { h: add(mul(1 - alpha, at(own, 'h')), mul(alpha, tanh(u))) }
  },
  lstm: (θ, own, cross, x) => {
    const by = (k: string): Value => gate(θ, k, at(cross, 'h'), x)
    const c = add(mul(sigmoid(by('f')), at(own, 'c')), mul(sigmoid(by('i')), tanh(by('g'))))
    return { h: mul(sigmoid(by('o')), tanh(c)), c }
  },
  gru: (θ, own, cross, x) => {
    const h = at(cross, 'h')
    const [r, z] = [sigmoid(gate(θ, 'r', h, x)), sigmoid(gate(θ, 'z', h, x))]
    return { h: add(mul(sub(1, z), tanh(gate(θ, 'n', mul(r, h), x))), mul(z, at(own, 'h'))) }
  },
} satisfies Readonly<Partial<Record<CellName, Split>>>

/** A claim about every timestep of random runs of a cell by name. */
export const onCell = (
  name: CellName,
  claim: string,
  sides: (now: Timestep, θ: Named) => readonly [readonly number[], readonly number[]],
  options: Partial<Equation<Pool>> = {},
): Proposition => {
  const run = (pool: Pool) => runOf(cells[name]({ alpha }), pool)
  return equation<Pool>({
    claim,
    forAll: pools(),
    sides: pool => {
      const { θ, run: timesteps } = run(pool)
      const both = timesteps.slice(1).map(now => sides(now, θ as Named))
      return [both.flatMap(([left]) => left), both.flatMap(([, right]) => right)]
    },
    describe: pool => describeRun(pool, run(pool)),
    within: 1e-12,
    verdict: 'holds',
    runs: 30,
    ...options,
  })
}

const numbersOf = (now: Timestep): readonly number[] => entries(toMatrix(own(now.jacobian)))

/** A matrix of blocks of d units, each block diagonal and given by its diagonal, or 0. */
const blocks = (d: number, rows: readonly (readonly (readonly number[] | 0)[])[]): readonly number[] =>
  rows
    .flatMap(row =>
      Array.from({ length: d }, (_, i) =>
        row.flatMap(b => Array.from({ length: d }, (_, j) => (b && i === j ? (b[i] ?? 0) : 0))),
      ),
    )
    .flat()

const state = (now: Timestep): Named => now.before as Named
const product = (...factors: readonly (readonly number[])[]): readonly number[] =>
  factors.reduce((a, b) => a.map((x, i) => x * (b[i] as number)))

/** f and o ⊙ (1 - tanh² c) ⊙ f of an LSTM. */
const highway = (now: Timestep, θ: Named): readonly [readonly number[], readonly number[]] => {
  const [f, o] = ['f', 'o'].map(k => entries(sigmoid(gate(θ, k, at(state(now), 'h'), now.x)))) as [number[], number[]]
  const slope = entries((now.after as Named).c as Value).map(c => 1 - Math.tanh(c) ** 2)
  return [f, product(o, slope, f)]
}

const formulas: readonly Proposition[] = [
  onCell('leaky', 'what a leaky unit keeps by itself is its leak: own(J) = (1 - α) I', now => {
    const d = at(state(now), 'h').shape[0] as number
    return [numbersOf(now), blocks(d, [[new Array<number>(d).fill(1 - alpha)]])]
  }),
  onCell(
    'lstm',
    "what an LSTM's unit keeps by itself is its cell: own ∂c/∂c₋ = diag f, own ∂h/∂c₋ = diag(o ⊙ tanh'(c) ⊙ f), of h₋ nothing",
    (now, θ) => {
      const [f, shown] = highway(now, θ)
      return [
        numbersOf(now),
        blocks(f.length, [
          [0, shown],
          [0, f],
        ]),
      ]
    },
  ),
  onCell('gru', "what a GRU's unit keeps by itself is its carry: own(J) = diag z", (now, θ) => {
    const z = entries(sigmoid(gate(θ, 'z', at(state(now), 'h'), now.x)))
    return [numbersOf(now), blocks(z.length, [[z]])]
  }),
]

const byHand = (name: keyof typeof splits): Proposition =>
  onCell(
    name,
    `own(J) and the rest of J, through weights, are those of ${name} when it takes its state twice`,
    (now, θ) => {
      const step: Split = splits[name]
      const program = (own: Named, cross: Named): Named => step(θ, own, cross, now.x)
      const [, ofOwn, ofCross] = linearizePair(program, state(now), state(now))
      const [mine, whole] = [numbersOf(now), entries(toMatrix(now.jacobian))]
      return [
        [...mine, ...whole.map((x, i) => x - (mine[i] as number))],
        [...entries(toMatrix(ofOwn)), ...entries(toMatrix(ofCross))],
      ]
    },
  )

interface Pair {
  readonly names: readonly [CellName, CellName]
  readonly pool: Pool
}
const kinds = constantFrom(...cellNames)
const pairs: Arbitrary<Pair> = record({
  names: record({ one: kinds, two: kinds }),
  pool: pools({ minD: 2, T: 2 }),
}).map(({ names: { one, two }, pool }) => ({ names: [one, two], pool }))
const stackOf = ({ names, pool }: Pair) => runOf(stacked(names.map(name => cells[name]({ alpha }))), pool)

/** The layer and the unit that each number of a stack's state belongs to. */
const places = (tree: Branch, d: number): readonly string[] =>
  Object.entries(tree).flatMap(([layer, leaves]) =>
    Object.keys(leaves).flatMap(() => Array.from({ length: d }, (_, unit) => `${layer} unit ${unit}`)),
  )

const between: Proposition = equation<Pair>({
  claim: 'in a stack of any two cells own(J) stays within a unit: it is zero between layers and between units',
  forAll: pairs,
  sides: pair => {
    const stray = stackOf(pair)
      .run.slice(1)
      .flatMap(now => {
        const where = places(now.before, pair.pool.d)
        const { data } = toMatrix(own(now.jacobian)) as Tensor
        return [...data].filter((_, k) => where[Math.floor(k / where.length)] !== where[k % where.length])
      })
    return [stray, stray.map(() => 0)]
  },
  describe: pair => `${pair.names.join(' below ')} ${describeRun(pair.pool, stackOf(pair))}`,
  within: 0,
  verdict: 'holds',
  runs: 60,
})

/** The refuted one: own against the whole of J. */
const everything = onCell(
  'gru',
  'own(J) keeps everything of a GRU, z ⊙ h₋ being its memory',
  now => [numbersOf(now), entries(toMatrix(now.jacobian))],
  { verdict: 'refuted', runs: 100, between: ['own(J)', 'J'] },
)

export const recurrenceSplit: readonly Proposition[] = [
  ...formulas,
  byHand('leaky'),
  byHand('lstm'),
  byHand('gru'),
  between,
  everything,
]
