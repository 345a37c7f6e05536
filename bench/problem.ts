/** What is measured: a work at a size, with the numbers that every engine is given. */

/** Rules whose steps are measured as they learn, an update at each. */
export const onlineWorks = ['online-rflo', 'online-snap', 'online-uoro', 'online-rtrl'] as const
/** BPTT of other cells than the leaky one. */
export const cellWorks = ['gru', 'gru-pytorch', 'lstm'] as const
export const works = [
  'bptt',
  'rtrl',
  'fpbptt',
  'rflo',
  'snap',
  'sketch',
  ...onlineWorks,
  ...cellWorks,
  'matvec',
  'gemm',
] as const
export type Work = (typeof works)[number]
export type Dtype = 'f64' | 'f32'
export type Floats = Float64Array | Float32Array

/** A work at a size: d units, n inputs, m outputs, T steps, B sequences. */
export interface Problem {
  readonly work: Work
  readonly d: number
  readonly n: number
  readonly m: number
  readonly T: number
  readonly B: number
  readonly dtype: Dtype
}

/** A problem with its numbers, rounded to its dtype: parameters flat, inputs [B, T, n], targets [B, T, m]. */
export interface Given extends Problem {
  readonly theta: readonly number[]
  readonly xs: readonly number[]
  readonly targets: readonly number[]
  /** Of UORO, random signs [T, d]. */
  readonly signs: readonly number[]
}

export const isOnline = (work: Work): boolean => (onlineWorks as readonly Work[]).includes(work)

/** How fast the leaky units forget. */
export const alpha = 0.5

/** The step size of learning at every step. */
export const onlineRate = 0.001

const readout = ({ d, m }: Problem): readonly (readonly number[])[] => [[m, d], [m]]
const layer = ({ d, n }: Problem): readonly (readonly number[])[] => [[d, d], [d, n], [d]]

/** How many layers of its shape a cell has: one a gate. */
const gates: Partial<Readonly<Record<Work, number>>> = { gru: 3, 'gru-pytorch': 3, lstm: 4 }

/** The shapes of the parameters in the order of the gradient; for a product, its first factor. */
export const shapesOf = (problem: Problem): readonly (readonly number[])[] => {
  const { work, d } = problem
  if (work === 'matvec' || work === 'gemm') return [[d, d]]
  const cell = Array.from({ length: gates[work] ?? 1 }, () => layer(problem)).flat()
  return [...cell, ...(work === 'gru-pytorch' ? [[d]] : []), ...readout(problem)]
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1)

/** The parameters in parts: a flat array cut along the shapes. */
export const partsOf = <A extends { slice(from: number, to: number): A }>(problem: Problem, theta: A): readonly A[] => {
  let at = 0
  return shapesOf(problem).map(shape => {
    const from = at
    at += sizeOf(shape)
    return theta.slice(from, at)
  })
}

/** Uniform numbers in (0, 1]: mulberry32. */
const uniform = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return (((z ^ (z >>> 14)) >>> 0) + 1) / 2 ** 32
  }
}

/** Standard normal numbers: Box and Muller. */
const normal = (seed: number): (() => number) => {
  const draw = uniform(seed)
  return () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw())
}

/** The numbers of a problem, the same ones every time: matrices N(0, 1/fan-in), biases N(0, 1/100), data N(0, 1). */
export const givenOf = (problem: Problem): Given => {
  const [draw, round] = [normal(1), problem.dtype === 'f32' ? Math.fround : (x: number) => x]
  const list = (size: number, deviation: number): readonly number[] =>
    Array.from({ length: size }, () => round(deviation * draw()))
  const theta = shapesOf(problem).flatMap(shape =>
    list(sizeOf(shape), shape.length === 2 ? 1 / Math.sqrt(shape[1]!) : 0.1),
  )
  const { work, d, n, m, T, B } = problem
  const product = work === 'matvec' || work === 'gemm'
  const factor = work === 'matvec' ? d : d * d
  const [xs, targets] = [list(product ? factor : B * T * n, 1), list(product ? 0 : B * T * m, 1)]
  const signs = Array.from({ length: work === 'online-uoro' ? T * d : 0 }, () => Math.sign(draw()))
  return { ...problem, theta, xs, targets, signs }
}

/** An array of a problem's dtype. */
export const floats = (dtype: Dtype, numbers: number | readonly number[]): Floats => {
  const values = typeof numbers === 'number' ? Array<number>(numbers).fill(0) : numbers
  return dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values)
}

/** Sequences [B, T, k] with time first: [T, B, k], as one product over all timesteps wants them. */
export const timeFirst = ({ T, B }: Problem, values: readonly number[], k: number): readonly number[] => {
  const out = Array<number>(values.length).fill(0)
  for (let b = 0; b < B; b++)
    for (let t = 0; t < T; t++) for (let j = 0; j < k; j++) out[(t * B + b) * k + j] = values[(b * T + t) * k + j]!
  return out
}
