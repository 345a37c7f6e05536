/** The largest entry is taken out of a softmax and its kin before anything is exponentiated, by every engine and in both precisions. */
import { type Arbitrary, constantFrom, integer, record, tuple } from 'fast-check'
import { compile } from '../../ad/compiler/compile.ts'
import type { Dtype } from '../../ad/compiler/plan.ts'
import { jvp, vjp } from '../../ad/modes/transforms.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { logSoftmax, logsumexp, softmax } from '../../ad/primitives/reduction.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

type Row = readonly number[]
const functions = { logsumexp, softmax, logSoftmax } as const
type Name = keyof typeof functions

/** Three rows of entries that are far from 0 together, or from each other; whole quarters, so that single precision has them too. */
interface Trial {
  readonly x: readonly Row[]
  readonly t: readonly Row[]
  readonly c: readonly Row[]
}
/** Entries of a row: more than a register holds, and a rest. */
const count = 9
const quarters = (size: number): Arbitrary<Row> =>
  tuple(...Array.from({ length: size }, () => integer({ min: -8, max: 8 }).map(k => k / 4)))
const far = (...shifts: Row) => constantFrom(...shifts)
const spread = tuple(...Array.from({ length: count }, () => far(0, 800, -800, 1e4, -1e4)))
const together = far(800, -800, 1e4, -1e4).map(shift => new Array<number>(count).fill(shift))
const row = (shifts: Arbitrary<Row>): Arbitrary<Row> =>
  tuple(quarters(count), shifts).map(([x, shift]) => x.map((entry, i) => entry + (shift[i] as number)))
const three = <T>(one: Arbitrary<T>): Arbitrary<readonly T[]> => tuple(one, one, one)
const trials: Arbitrary<Trial> = record({
  x: tuple(row(together), row(spread), row(together)),
  t: three(quarters(count)),
  c: three(quarters(count)),
})

const dot = (a: Row, b: Row): number => a.reduce((total, x, i) => total + x * (b[i] as number), 0)

/** Value, push and pull of one row, in plain numbers. */
const byHand: Readonly<Record<Name, (x: Row, t: Row, c: Row) => readonly [value: Row, push: Row, pull: Row]>> = {
  logsumexp: (x, t, [c = 0]) => {
    const { log, shares } = normalised(x)
    return [[log], [dot(shares, t)], shares.map(p => p * c)]
  },
  softmax: (x, t, c) => {
    const { shares } = normalised(x)
    return [
      shares,
      shares.map((p, i) => p * ((t[i] as number) - dot(shares, t))),
      shares.map((p, i) => p * ((c[i] as number) - dot(shares, c))),
    ]
  },
  logSoftmax: (x, t, c) => {
    const { log, shares } = normalised(x)
    const all = c.reduce((total, one) => total + one, 0)
    return [
      x.map(entry => entry - log),
      t.map(one => one - dot(shares, t)),
      c.map((one, i) => one - (shares[i] as number) * all),
    ]
  },
}
const normalised = (x: Row) => {
  const top = Math.max(...x)
  const powers = x.map(entry => Math.exp(entry - top))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return { log: top + Math.log(total), shares: powers.map(power => power / total) }
}

/** Along the last axis, and along the first of the matrix turned over. */
const along = {
  'the last axis': (name: Name) => (x: Value) => functions[name](x),
  'the first axis': (name: Name) => (x: Value) => transpose(functions[name](transpose(x), 0)),
} as const
type Axis = keyof typeof along

const byUs = (f: (x: Value) => Value) => (x: Value, t: Value, c: Value) => [...jvp(f, [x], [t]), vjp(f, x)[1](c)]

interface By {
  readonly name: 'eager' | 'compiled-js' | 'compiled-wasm'
  readonly dtype: Dtype
}
const engines: readonly By[] = [
  { name: 'eager', dtype: 'f64' },
  ...(['compiled-js', 'compiled-wasm'] as const).flatMap(name =>
    (['f64', 'f32'] as const).map(dtype => ({ name, dtype })),
  ),
]

const shifted = (name: Name, axis: Axis, engine: By): Proposition<Trial> => {
  const program = byUs(along[axis](name))
  const run = engine.name === 'eager' ? program : compile(program, engine)
  return equation({
    claim: `${name} along ${axis} by ${engine.name} in ${engine.dtype} is right at ±800 and ±1e4, and so are its push and pull`,
    forAll: trials,
    sides: ({ x, t, c }) => {
      const of = name === 'logsumexp' ? c.map(([first]) => [first as number]) : c
      const wanted = x.map((row, i) => byHand[name](row, t[i] as Row, of[i] as Row))
      const cotangent = name === 'logsumexp' ? tensor(of.flat()) : tensor(of)
      return [
        entries(run(tensor(x), tensor(t), cotangent)),
        [0, 1, 2].flatMap(part => wanted.flatMap(all => all[part] as Row)),
      ]
    },
    between: [engine.name, 'by hand'],
    within: engine.dtype === 'f64' ? 1e-13 : 1e-6,
    verdict: 'holds',
    runs: 20,
  })
}

export const shifts: readonly Proposition[] = (Object.keys(functions) as Name[]).flatMap(name =>
  (Object.keys(along) as Axis[]).flatMap(axis => engines.map(engine => shifted(name, axis, engine) as Proposition)),
)
