/** The equations of cells, evaluated by mathjs, against the numbers of the engine. */
import { toMatrix } from '../../ad/linear/apply.ts'
import type { Taped } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { identity, symbol } from '../../ad/symbols/expression.ts'
import { symbolic } from '../../ad/symbols/interpreter.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { type Branch, leavesOf } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { spikingNames } from '../../nets/cells/index.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { cell as fromText } from '../../nets/formulas/cell.ts'
import type { Blocks, Leaf } from '../../nets/formulas/definitions.ts'
import { byPulls, type Equations, equationsOf, steppedOn } from '../../nets/formulas/equations.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { programClaims } from '../ad/programs.ts'
import { describeRun, type Pool, pools, runOf } from '../arbitraries/cells.ts'
import { assembled, eye, type Grid, keyOf, worth } from '../arbitraries/matrices.ts'
import { cellOf, each } from '../arbitraries/on-pools.ts'
import { type Known, type Worth, worthIn, worthOf } from '../oracles/expressions.ts'
import { entries, equation, type Proposition } from '../proposition.ts'
import { texts } from './formulas.ts'

type Any = Cell<Branch, Branch>

const before = ({ mark }: Leaf): string => keyOf(symbol({ ...mark, time: -1 }))

/** What every name of some equations is worth at a timestep; `more` has what is no part of a network. */
export const knownAt = (
  { states, params, definitions }: Equations,
  θ: Branch,
  now: Timestep,
  d: number,
  more: Known = new Map(),
): Known => {
  const tensors = (tree: Branch): readonly Tensor[] => leavesOf(tree) as readonly Tensor[]
  const known = new Map<string, Worth>([
    ...more,
    [keyOf(identity), eye(d)],
    ['x@0', worth(now.x as Tensor)],
    ...tensors(θ).map((leaf, i) => [keyOf((params[i] as Leaf).name), worth(leaf)] as const),
    ...tensors(now.before).map((leaf, i) => [before(states[i] as Leaf), worth(leaf)] as const),
  ])
  for (const { name, is } of definitions) known.set(keyOf(name), worthOf(is, known))
  return known
}

const sizesOf = (tree: Branch): readonly number[] => leavesOf(tree).map(leaf => (leaf as Tensor).data.length)

type Name = 'jacobian' | 'own' | 'crossUnit' | 'immediate' | 'local'
type Numbers = (now: Timestep) => readonly number[]
const less = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((x, i) => x - (b[i] as number))
const engine: { readonly [K in Name]: Numbers } = {
  jacobian: now => entries(toMatrix(now.jacobian)),
  own: now => entries(toMatrix(own(now.jacobian))),
  crossUnit: now => less(engine.jacobian(now), engine.own(now)),
  immediate: now => entries(toMatrix(now.immediate)),
  local: now => entries(toMatrix(local(now.immediate))),
}
const names = Object.keys(engine) as readonly Name[]

/** What is derived of a cell: its equations, and the two matrices by pulls of unit cotangents; not along a number. */
const derived = (make: () => Any) => {
  const symbols = symbolic()
  const { immediate, jacobian, params } = steppedOn(symbols, make())
  const equations = equationsOf(make)
  const pulled = params.some(({ mark }) => mark.grade === 'scalar')
    ? equations
    : {
        jacobian: byPulls(symbols, jacobian as Taped<Branch, Branch>),
        immediate: byPulls(symbols, immediate as Taped<Branch, Branch>),
      }
  return { equations, pulled }
}

/** The state after the step and every matrix of a timestep, by the equations and by the engine. */
const sidesAt = ({ equations, pulled }: ReturnType<typeof derived>, θ: Branch, now: Timestep, d: number) => {
  const known = knownAt(equations, θ, now, d)
  const worthAt = worthIn(known)
  const after = equations.states.map(({ name }) => known.get(keyOf(name)) as Grid)
  const [heights, params] = [sizesOf(now.before), sizesOf(θ)]
  /** Within a step nothing hangs on the start, which is learned too. */
  const numbersOf = (blocks: Blocks, name: Name): readonly number[] => {
    const ofParams = name === 'immediate' || name === 'local'
    const rows = blocks.map(list => [...list.map(worthAt), ...(ofParams ? heights.map(() => 0) : [])])
    return assembled(rows, heights, ofParams ? [...params, ...heights] : heights).flat()
  }
  const again = ['jacobian', 'immediate'] as const
  return [
    [
      ...after.flat(2),
      ...names.flatMap(name => numbersOf(equations[name], name)),
      ...again.flatMap(name => numbersOf(pulled[name], name)),
    ],
    [...entries(now.after), ...[...names, ...again].flatMap(name => engine[name](now))],
  ] as const
}

const ofCell = (name: string, make: () => Any): Proposition => {
  let made: ReturnType<typeof derived> | undefined
  return equation<Pool>({
    claim: `the equations of ${name} are worth the engine's numbers: its state, J by pushes and by pulls, its own-unit and cross-unit parts, P̃ and what is local of it`,
    forAll: pools({ minD: 2 }),
    sides: pool => {
      made ??= derived(make)
      const { θ, run } = runOf(make(), pool)
      const all = run.slice(1).map(now => sidesAt(made as ReturnType<typeof derived>, θ, now, pool.d))
      return [all.flatMap(([left]) => left), all.flatMap(([, right]) => right)]
    },
    describe: pool => describeRun(pool, runOf(make(), pool)),
    between: ['equations', 'engine'],
    within: 1e-12,
    verdict: 'holds',
    runs: 6,
  })
}

const written: { readonly [name: string]: () => Any } = {
  'Elman from text': () => fromText('h = tanh(W*h + V*x + b)') as Any,
  'a text of two states': () => fromText('a = 0.5*a + W*h; h = tanh(a .* h + U*x) ./ (1 + exp(p .* a))') as Any,
  'a text of a state called u': () => fromText('u = 0.5*u + W*h + V*x + b; h = tanh(u)') as Any,
  'a text of two states that are equal': () => fromText('g = c ⊙ h; c = tanh(W*g + V*x); h = c') as Any,
  'a text with a learned number': () => fromText('h = (1-alpha)*h + alpha*sin(W*h + V*x)', { alpha: 'learned' }) as Any,
  'a text whose parameters are called E, I and C': () => fromText('h = tanh(E*h + I*x + C*(E*h))') as Any,
  ...Object.fromEntries(
    Object.entries(texts).map(([name, [text, options]]) => [`${name} from text`, () => fromText(text, options) as Any]),
  ),
}
/** The cells that have equations: not those of spikes, whose slope is a surrogate's, nor those that join vectors. */
const smooth = each.filter(name => !spikingNames.includes(name) && !name.startsWith('rtu'))
const pairs: { readonly [name: string]: () => Any } = {
  ...Object.fromEntries(smooth.map(name => [`two layers of ${name}`, () => stacked([cellOf(name), cellOf(name)])])),
  'leaky below lstm': () => stacked([cellOf('leaky'), cellOf('lstm')]),
  'gru below a text': () => stacked([cellOf('gru'), fromText('h = tanh(W*h + V*x)') as Any]),
}
const all: { readonly [name: string]: () => Any } = {
  ...Object.fromEntries(smooth.map(name => [name, () => cellOf(name)])),
  ...pairs,
  ...written,
}

export const equationsClaims: readonly Proposition[] = [
  ...programClaims,
  ...Object.entries(all).map(([name, make]) => ofCell(name, make)),
]
