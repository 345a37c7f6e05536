import { sample } from 'fast-check'
import { toMatrix } from '../../../ad/linear/apply.ts'
import { local, own } from '../../../ad/linear/own.ts'
import { argumentsOf, type Expression, partsIn, slope, symbol, within } from '../../../ad/symbols/expression.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { leavesOf } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import { type CellName, cells } from '../../../nets/cells/index.ts'
import { stacked } from '../../../nets/cells/stacked.ts'
import type { Leaf } from '../../../nets/formulas/definitions.ts'
import type { Equations } from '../../../nets/formulas/equations.ts'
import type { Timestep } from '../../../nets/run/timestep.ts'
import { type Pool, pools, runOf } from '../../../proofs/arbitraries/cells.ts'
import { type Grid, keyOf, worth } from '../../../proofs/arbitraries/matrices.ts'
import { knownAt } from '../../../proofs/nets/equations.ts'
import { type Known, type Worth, worthOf } from '../../../proofs/oracles/expressions.ts'
import { gap } from '../../../proofs/proposition.ts'
import { derivedNames, equationsFor } from '../../../src/derive/cells.ts'
import { documentOf } from '../../../src/derive/document.ts'
import { traitsOf } from '../../../src/derive/rule.ts'
import type { Line, Section } from '../../../src/derive/section.ts'
import { rulesWithEquations } from '../../../src/derive/symbolic-rules.ts'
import { rng } from '../../../src/index.ts'
import { alwaysIf } from '../../full-effort.ts'

const alpha = 0.25
const numbers = (x: Worth): readonly number[] => [x].flat(2)
const isStruck = (x: Expression): boolean => partsIn(x).some(part => argumentsOf(part, 'cancel'))
const struckLines = (sections: readonly Section[]): readonly Line[] =>
  sections.flatMap(({ lines }) => lines).filter(({ right }) => isStruck(right))

/** An expression with what is struck out put back. */
const restored = (x: Expression): Expression => {
  const [inside] = argumentsOf(x, 'cancel') ?? []
  return inside ? restored(inside) : within(x, restored)
}
/** What a sum over the run is of. */
const summed = (x: Expression): Expression => argumentsOf(x, 'over')?.[0] ?? x

const minus = (a: Grid, b: Grid): Grid => a.map((row, i) => row.map((x, j) => x - (b[i]?.[j] ?? Number.NaN)))
const plus = (a: Grid, b: Grid): Grid => minus(a, minus(minus(b, b), b))
const times = (a: Grid, b: Grid): Grid =>
  a.map(row => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? Number.NaN), 0)))
const filled = (rows: number, columns: number, next: () => number): Grid =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, next))

const gridOf = (x: Value): Grid => worth(x as Tensor) as Grid

/** The maps of a timestep by the engine, numbers for what stands beside them, and 0 for whatever a rule puts in the place of something. */
const settingAt = (now: Timestep) => {
  const stream = rng(3)
  const draw = (rows: number, columns: number): Grid => filled(rows, columns, () => stream.normal())
  const none = (rows: number, columns: number): Grid => filled(rows, columns, () => 0)
  const [J, ownJ] = [now.jacobian, own(now.jacobian)].map(map => gridOf(toMatrix(map))) as [Grid, Grid]
  const [P, localP] = [now.immediate, local(now.immediate)].map(map => gridOf(toMatrix(map))) as [Grid, Grid]
  const [states, params, units] = [J.length, P[0]?.length ?? 0, now.outputMap.to.size]
  const broadcast = now.broadcastMap.to.size
  const [influence, later, error] = [draw(states, params), draw(1, states), draw(1, states)]
  const symbols: { readonly [name: string]: Worth } = {
    ...{ 'J@0': J, 'J@1': J, 'J^own@0': ownJ, 'J^cross@0': minus(J, ownJ) },
    ...{ 'P~@0': P, 'P~^own@0': localP, 'P~^cross@0': minus(P, localP), 'P@-1': influence, 'P@0': influence },
    ...{ 'δ@0': later, 'δ@1': later, 'δ~@0': error, 'ε@0': draw(1, 2), R_n: draw(states, params), 'κ@1': 0.375 },
    ...{ C: none(units, states), 'C^all': none(broadcast, states), A: none(states, states) },
    ...{ γ: filled(states, 1, () => 1), λ: 0, α: alpha },
  }
  const exact = {
    'P@0': plus(times(J, influence), P),
    'δ@0': plus(times(later, J), error),
    past: times(error, influence),
    future: times(later, P),
  }
  return { symbols, J, P, exact }
}

/** Each block of a matrix by the slope that it is. */
const blocksOf = (
  matrix: Grid,
  rows: readonly Leaf[],
  heights: readonly number[],
  columns: readonly Expression[],
  widths: readonly number[],
) => {
  const from = (sizes: readonly number[], i: number): number => sizes.slice(0, i).reduce((a, b) => a + b, 0)
  return rows.flatMap(({ name }, i) =>
    columns.map((column, j) => {
      const [top, left] = [from(heights, i), from(widths, j)]
      const block = matrix.slice(top, top + (heights[i] ?? 0)).map(row => row.slice(left, left + (widths[j] ?? 0)))
      return [keyOf(slope(name, column)), block] as const
    }),
  )
}

const sizesOf = (tree: Parameters<typeof leavesOf>[0]): readonly number[] =>
  leavesOf(tree).map(leaf => (leaf as Tensor).data.length)
const before = ({ mark }: Leaf): Expression => symbol({ ...mark, time: -1 })

/** What the right side of every line that has something struck out must be worth with it, by its left side. */
const truths = ({ states, params }: Equations, θ: never, now: Timestep) => {
  const { symbols, J, P, exact } = settingAt(now)
  const heights = sizesOf(now.before)
  const found = new Map<string, Worth>([
    ...blocksOf(J, states, heights, states.map(before), heights),
    ...blocksOf(
      P,
      states,
      heights,
      params.map(({ name }) => name),
      sizesOf(θ),
    ),
    ['J^own@0', J],
    ['P@0', exact['P@0']],
    ['δ@0', exact['δ@0']],
  ])
  return { symbols, found, whole: exact }
}

const cellOf = (name: CellName, layers: number) => {
  const made = () => cells[name]({ alpha })
  return layers === 1 ? made() : stacked(Array.from({ length: layers }, made))
}
const drawn: readonly Pool[] = sample(pools({ minD: 2, T: 2 }), { numRuns: 2, seed: 1 })
const subjects = derivedNames.flatMap(name =>
  [1, 2].map(layers => ({ name, layers, equations: equationsFor(name, layers, 'tanh') })),
)
const rulesOf = (equations: Equations): readonly string[] =>
  rulesWithEquations.filter(rule => traitsOf(equations).drive !== null || !rule.includes('kfrtrl'))

/** One cell alone and in a stack, and one with gates. */
const always = ['leaky 1', 'leaky 2', 'lstm 1']

for (const { name, layers, equations } of subjects)
  alwaysIf(always.includes(`${name} ${layers}`))(
    `under every rule what is kept and what is struck out add up to the exact equations: ${name}, layers ${layers}`,
    t => {
      const seen = new Set<string>()
      const documents = rulesOf(equations).map(rule => {
        const sections = documentOf(equations, { name: rule })
        const faces = sections.some(({ title }) => title === 'parameter by parameter') ? 'future' : 'past'
        return { rule, faces, struck: struckLines(sections.slice(0, 3)) } as const
      })
      for (const pool of drawn) {
        const { θ, run } = runOf(cellOf(name, layers) as never, pool)
        const now = run.at(-1) as Timestep
        const { symbols, found, whole } = truths(equations, θ as never, now)
        const known: Known = knownAt(equations, θ, now, pool.d, new Map(Object.entries(symbols)))
        for (const { rule, faces, struck } of documents) {
          for (const { left, right } of struck) {
            const key = keyOf(left)
            const wanted = key === 'slope(L, θ)' ? whole[faces] : (found.get(key) ?? found.get(key.replace(/@0/g, '')))
            if (wanted === undefined) return t.fail(`${rule}: ${key}`)
            const reached = right.toString().includes('C^all') ? now.broadcastMap : now.outputMap
            const B = filled(reached.to.size, 2, () => 0)
            const value = worthOf(restored(summed(right)), new Map([...known, ['B', B]]))
            t.true(gap(numbers(value), numbers(wanted)) < 1e-12, `${rule}: ${key} = ${right}`)
            seen.add(key)
          }
        }
      }
      t.true(
        ['P@0', 'δ@0'].every(key => seen.has(key)),
        [...seen].join(', '),
      )
    },
  )
