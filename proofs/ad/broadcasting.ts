/** Operations of several arguments broadcast: what they say of shapes that differ is what they say of scalars, entry by entry. */
import { type Arbitrary, constantFrom, integer, record, tuple } from 'fast-check'
import { compile } from '../../ad/compiler/compile.ts'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { jvp, vjp } from '../../ad/modes/transforms.ts'
import { add, div, greater, max, min, mul, pow, sub, where } from '../../ad/primitives/elementwise.ts'
import { type Shape, scalar, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { item, type Like, type Value } from '../../ad/value.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

const operations = { add, sub, mul, div, pow, max, min, greater, where } as const
type Name = keyof typeof operations
/** The arguments an operation takes, and as many as it takes of a list. */
const callOf = (name: Name) => {
  const f = operations[name] as (...args: readonly Like[]) => Value
  return { f, arity: name === 'where' ? 3 : 2 }
}

/** Shapes that broadcast: a scalar, new axes, and each axis of the one or the other stretched: the leading, a middle, the trailing. */
const shapesTried: readonly (readonly [Shape, Shape])[] = [
  ...([
    [[], [2, 3]],
    [[3], [2, 3]],
    [[1], [3]],
    [
      [2, 1],
      [2, 3],
    ],
    [
      [1, 3],
      [2, 3],
    ],
  ] as const),
  ...([
    [[2, 1], [3]],
    [
      [2, 1],
      [1, 3],
    ],
    [
      [2, 1, 2],
      [2, 3, 2],
    ],
    [
      [2, 1, 1],
      [3, 1],
    ],
    [
      [1, 2, 1],
      [2, 1, 3],
    ],
  ] as const),
  ...([
    [[1], [0]],
    [
      [0, 1],
      [1, 2],
    ],
  ] as const),
]

/** The shape of the whole, axis by axis from the last. */
const wholeOf = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1]
    return m === 1 ? n : m
  })
}

/** Which entry of a value stands at an entry of the whole. */
const placeIn = (shape: Shape, whole: Shape, at: number): number => {
  let [rest, place, stride] = [at, 0, 1]
  for (let axis = 1; axis <= whole.length; axis++) {
    const n = whole.at(-axis) as number
    const own = axis > shape.length ? 1 : (shape.at(-axis) as number)
    if (own !== 1) place += stride * (rest % n)
    stride *= own
    rest = Math.floor(rest / n)
  }
  return place
}

interface Trial {
  readonly args: readonly Tensor[]
  readonly tangents: readonly Tensor[]
  readonly cotangent: Tensor
}

const filled = (shape: Shape, low: number, offset: number): Arbitrary<Tensor> =>
  tuple(...Array.from({ length: sizeOf(shape) }, () => integer({ min: low, max: 16 }))).map(ks =>
    tensorOf(
      shape,
      Float64Array.from(ks, k => k / 8 + offset),
    ),
  )

const trials = (arity: number): Arbitrary<Trial> =>
  tuple(constantFrom(...shapesTried), integer({ min: 0, max: 2 })).chain(([[a, b], turn]) => {
    const shapes = [...(turn % 2 ? [b, a] : [a, b]), turn > 1 ? b : ([] as const)].slice(0, arity)
    const of = (low: number) => tuple(...shapes.map((shape, i) => filled(shape, low, 0.01 * (i + 1))))
    return record({ args: of(1), tangents: of(-16), cotangent: filled(wholeOf(a, b), -16, 0) })
  })

/** Value, push and pull, by scalars alone. */
const byScalars = (f: (...args: Value[]) => Value, { args, tangents, cotangent }: Trial): readonly number[] => {
  const { shape: whole, data } = cotangent
  const pulls = args.map(({ data }) => new Float64Array(data.length))
  const [values, pushes] = [new Float64Array(data.length), new Float64Array(data.length)]
  data.forEach((c, at) => {
    const places = args.map(({ shape }) => placeIn(shape, whole, at))
    const pick = (from: readonly Tensor[]) => from.map((x, i) => scalar(x.data[places[i] as number] as number))
    const [value, pushed] = jvp(f, pick(args), pick(tangents))
    values[at] = item(value)
    pushes[at] = item(pushed)
    const cotangents = vjp(f, ...pick(args))[1](scalar(c)) as readonly Value[]
    cotangents.forEach((back, i) => {
      const [sums, place] = [pulls[i] as Float64Array, places[i] as number]
      sums[place] = (sums[place] as number) + item(back)
    })
  })
  return [...values, ...pushes, ...pulls.flatMap(sums => [...sums])]
}

const broadcasts = (name: Name, engine?: EngineLike): Proposition<Trial> => {
  const { f, arity } = callOf(name)
  const all = (args: readonly Value[], tangents: readonly Value[], cotangent: Value) => {
    const [out, push] = jvp(f, args, tangents)
    return [out, push, vjp(f, ...args)[1](cotangent)]
  }
  return equation({
    claim: `${name} broadcasts: its value, push and pull are those of scalars, entry by entry${engine ? `, by ${engine}` : ''}`,
    forAll: trials(arity),
    sides: trial => {
      const run = engine ? compile(all, engine) : all
      return [entries(run(trial.args, trial.tangents, trial.cotangent)), byScalars(f, trial)]
    },
    describe: ({ args }) => args.map(({ shape, data }) => `[${shape}]: ${data.join(' ')}`).join('; '),
    between: ['broadcast', 'by scalars'],
    within: 1e-13,
    verdict: 'holds',
    runs: engine ? 30 : 60,
  })
}

export const broadcasting: readonly Proposition[] = [
  ...(Object.keys(operations) as Name[]).map(name => broadcasts(name) as Proposition),
  ...(['compiled-js', 'compiled-wasm'] as const).map(engine => broadcasts('mul', engine) as Proposition),
]
