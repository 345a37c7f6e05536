import { type Arbitrary, array, constantFrom, integer, record } from 'fast-check'
import { requireCount, requireNames } from '../../ad/require.ts'
import { type PlainNetwork, type Rows, requirePlain } from '../plain-network.ts'

/** The bounds of `networks`: the largest sizes, the fewest steps, and the choices, the simplest first. */
export interface Limits {
  readonly d?: number
  readonly n?: number
  readonly m?: number
  readonly T?: number
  readonly minT?: number
  readonly activations?: readonly PlainNetwork['activation'][]
  readonly losses?: readonly PlainNetwork['loss'][]
  readonly alphas?: readonly number[]
}

const defaults: Required<Limits> = {
  d: 3,
  n: 3,
  m: 3,
  T: 5,
  minT: 1,
  activations: ['identity', 'tanh', 'sigmoid', 'relu', 'softplus'],
  losses: ['half_mse', 'sse', 'softmax_ce', 'rmse_seq'],
  alphas: [1, 0.75, 0.5, 0.25],
}

const exactly = <A>(length: number, item: Arbitrary<A>) => array(item, { minLength: length, maxLength: length })
const quarter = integer({ min: -8, max: 8 }).map(k => k / 4)
/** So many quarter-integers in [-2, 2]. */
export const quarters = (length: number) => exactly(length, quarter)
const matrix = (rows: number, columns: number) => exactly(rows, quarters(columns))
const weight = constantFrom(1, 0, 2, 0.5, 1.5, 0.25, 0.75, 1.25, 1.75)

/** Everything at its largest size: `shaped` crops it, so sizes and numbers shrink independently. */
const draws = ({ d, n, m, T, minT, activations, losses, alphas }: Required<Limits>) =>
  record({
    T: integer({ min: minT, max: Math.max(minT, T) }),
    d: integer({ min: 1, max: d }),
    n: integer({ min: 1, max: n }),
    m: integer({ min: 1, max: m }),
    alpha: constantFrom(...alphas),
    activation: constantFrom(...activations),
    loss: constantFrom(...losses),
    output: constantFrom<('identity' | 'tanh' | 'sigmoid' | 'softmax')[]>('identity', 'tanh', 'sigmoid', 'softmax'),
    weights: exactly(Math.max(minT, T), weight),
    W_rec: matrix(d, d),
    W_in: matrix(d, n),
    b_rec: quarters(d),
    W_out: matrix(m, d),
    b_out: quarters(m),
    h0: quarters(d),
    inputs: matrix(Math.max(minT, T), n),
    targets: matrix(Math.max(minT, T), m),
  })
type Draw = ReturnType<typeof draws> extends Arbitrary<infer A> ? A : never

const crop = (rows: Rows, height: number, width: number): Rows => rows.slice(0, height).map(row => row.slice(0, width))
const shift = (by: number, xs: readonly number[]) => xs.map(x => x + by)
const oneHot = (row: readonly number[]) => row.map((_, i) => (i === Math.abs(4 * (row[0] ?? 0)) % row.length ? 1 : 0))
const someWeight = (ws: readonly number[]) =>
  ws.some(w => w > 0) ? ws : ws.map((_, i) => (i === ws.length - 1 ? 1 : 0))

/** One-hot for a cross-entropy; shifted by 0.11 for the root mean square, which has no derivative at error 0. */
const aims = (loss: PlainNetwork['loss'], rows: Rows): Rows =>
  loss === 'softmax_ce' ? rows.map(oneHot) : loss === 'rmse_seq' ? rows.map(row => shift(0.11, row)) : rows

const shaped = (x: Draw): PlainNetwork => ({
  alpha: x.alpha,
  activation: x.activation,
  output: x.loss === 'softmax_ce' ? 'softmax' : x.output,
  loss: x.loss,
  weights: someWeight(x.weights.slice(0, x.T)),
  params: {
    W_rec: crop(x.W_rec, x.d, x.d),
    W_in: crop(x.W_in, x.d, x.n),
    b_rec: shift(x.activation === 'relu' ? 0.1 : 0, x.b_rec.slice(0, x.d)),
    W_out: crop(x.W_out, x.m, x.d),
    b_out: x.b_out.slice(0, x.m),
    h0: x.h0.slice(0, x.d),
  },
  inputs: crop(x.inputs, x.T, x.n),
  targets: aims(x.loss, crop(x.targets, x.T, x.m)),
})

const dot = (a: readonly number[] = [], b: readonly number[] = []) => a.reduce((s, x, i) => s + x * (b[i] ?? 0), 0)

/** relu has no derivative at 0, which sums of quarters hit often: b_rec is shifted by 0.1, and |u| ≤ 0.001 refused. */
const smooth = ({ activation, alpha, params: p, inputs }: PlainNetwork): boolean => {
  if (activation !== 'relu') return true
  const us: number[] = []
  inputs.reduce<readonly number[]>((h, x) => {
    const u = p.b_rec.map((b, i) => dot(p.W_rec[i], h) + dot(p.W_in[i], x) + b)
    us.push(...u)
    return u.map((v, i) => (1 - alpha) * (h[i] ?? 0) + alpha * Math.max(v, 0))
  }, p.h0)
  return us.every(u => Math.abs(u) > 1e-3)
}

/**
 * Random small networks of quarter-integers in [−2, 2], which shrink towards one unit, one step, α = 1 and zeros. Throws a NameError for a
 * limit of another name, a DomainError for one below 1.
 */
export const networks = (limits: Limits = {}): Arbitrary<PlainNetwork> => {
  requireNames('networks', limits, Object.keys(defaults))
  const asked = { ...defaults, ...limits }
  for (const name of ['d', 'n', 'm', 'T', 'minT'] as const)
    requireCount('networks', `${name} = ${asked[name]}`, asked[name], 'Give the largest size')
  return draws(asked).map(shaped).filter(smooth)
}

/** mulberry32: a stream of uniform numbers in [0, 1) that a 32-bit seed decides. */
const uniform = (seed: number): (() => number) => {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    const b = Math.imul(a ^ (a >>> 15), 1 | a)
    const c = (b + Math.imul(b ^ (b >>> 7), 61 | b)) ^ b
    return ((c ^ (c >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A large tanh network that the seed decides.
 *
 * α = ½, L_t = ½‖y_t − y*_t‖², W_rec and W_out N(0, 1/d), W_in N(0, 1/n), biases and h0 N(0, 0.01), x and y* N(0, 1).
 */
export const bigNetwork = (seed: number, d: number, n: number, m: number, T: number): PlainNetwork => {
  const next = uniform(seed)
  const normal = (sd: number) => sd * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const row = (length: number, sd: number) => Array.from({ length }, () => normal(sd))
  const rows = (length: number, width: number, sd: number) => Array.from({ length }, () => row(width, sd))
  const recurrent = { W_rec: rows(d, d, d ** -0.5), W_in: rows(d, n, n ** -0.5), b_rec: row(d, 0.1) }
  const params = { ...recurrent, W_out: rows(m, d, d ** -0.5), b_out: row(m, 0.1), h0: row(d, 0.1) }
  const kind = { alpha: 0.5, activation: 'tanh', output: 'identity', loss: 'half_mse' } as const
  return { ...kind, weights: Array(T).fill(1), params, inputs: rows(T, n, 1), targets: rows(T, m, 1) }
}

const rounded = (_: string, x: unknown) => (typeof x === 'number' ? Number(x.toPrecision(6)) : x)
const show = (name: string, xs: Rows | readonly number[]): string => {
  const all = (xs as (number | number[])[]).flat()
  if (all.length > 1 && all.every(x => x === all[0])) return `${name}=${all[0]}`
  return `${name}=${all.length > 20 ? `[…×${all.length}]` : JSON.stringify(xs, rounded)}`
}
const wrap = (text: string) =>
  text
    .split(/(?<=\],)|(?<= )/)
    .reduce((done, piece) => {
      const column = done.length - done.lastIndexOf('\n') - 1
      return done + (column + piece.trimEnd().length > 80 ? '\n  ' : '') + piece
    }, '')
    .replaceAll(/ +\n/g, '\n')

/** The network in a few lines of at most 80 columns; equal numbers are shown as one, […×k] stands for k numbers. */
export const describe = (net: PlainNetwork): string => {
  requirePlain('describe', net)
  const { params: p, inputs, targets } = net
  const sizes = `d=${p.h0.length} n=${inputs[0]?.length} m=${p.b_out.length} T=${inputs.length} alpha=${net.alpha}`
  const output = net.output === 'identity' ? [] : [`output=${net.output}`]
  const kind = [net.activation, ...output, `${net.loss};`]
  const arrays = { ...p, inputs, targets, weights: net.weights }
  return wrap([sizes, ...kind, ...Object.entries(arrays).map(([k, xs]) => show(k, xs))].join(' '))
}
