/**
 * Complex step for any program of values: an interpreter whose numbers are complex, so that Im f(x + ih t)/h is ∂f·t to
 * rounding. It evaluates rows at complex numbers, by mathjs where they are not linear, and uses neither push nor pull.
 */
import type { Complex } from 'mathjs'
import { add as addValues, mul as mulValues, sub as subValues, where } from '../../ad/primitives/elementwise.ts'
import { mathjs } from '../../ad/symbols/mathjs.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf, rebuild, type Tree } from '../../ad/tree.ts'
import { end, type Interpreter, type Made, nextLevel, type Row, run, type Value } from '../../ad/value.ts'

const { complex, cos, divide, exp, log, sin, sqrt, tan } = mathjs

interface Imaginary extends Made {
  readonly re: Tensor
  readonly im: Tensor
}
type Pair = readonly [re: Tensor, im: Tensor]
type Scalar = (z: Complex) => Complex

const h = 1e-20

const each = (f: (z: readonly Complex[]) => Complex, ...args: readonly Pair[]): Pair => {
  const [[first]] = args as [Pair]
  const outs = Array.from(first.data, (_, i) =>
    f(args.map(([re, im]) => complex(re.data[i] as number, im.data[i] as number))),
  )
  const part = (of: 're' | 'im'): Tensor =>
    tensorOf(
      first.shape,
      Float64Array.from(outs, z => z[of]),
    )
  return [part('re'), part('im')]
}

const one = (z: number): Complex => complex(z, 0)
const over = (a: Complex, b: Complex): Complex => divide(a, b) as Complex
const minus = (z: Complex): Complex => complex(-z.re, -z.im)
const plus = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im)

/** tanh z = -i tan(iz). */
const tanh: Scalar = z => {
  const t = tan(complex(-z.im, z.re)) as unknown as Complex
  return complex(t.im, -t.re)
}
const sigmoid: Scalar = z => over(one(1), plus(one(1), exp(minus(z)) as unknown as Complex))
const softplus: Scalar = z => log(plus(one(1), exp(z) as unknown as Complex)) as unknown as Complex

const times = (a: Complex, b: Complex): Complex => complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)

/** A spike is a step whose derivative is that of a smooth F: of ∫(1 - |u|), of u/(1 + |u|), and of arctan z - arctan Re z by the addition theorem. */
const stepped = ({ re }: Complex, smooth: Complex): Complex => complex(re >= 0 ? 1 : 0, smooth.im)

const scalars: Readonly<Record<string, Scalar>> = {
  tanh,
  sigmoid,
  softplus,
  cos: z => cos(z) as unknown as Complex,
  sin: z => sin(z) as unknown as Complex,
  exp: z => exp(z) as unknown as Complex,
  log: z => log(z) as unknown as Complex,
  sqrt: z => sqrt(z) as Complex,
  relu: z => (z.re > 0 ? z : one(0)),
  stopGradient: z => one(z.re),
  triangularSpike: z => stepped(z, Math.abs(z.re) < 1 ? plus(z, over(times(z, z), one(z.re < 0 ? 2 : -2))) : one(1)),
  fastSigmoidSpike: z => stepped(z, over(z, plus(one(1), z.re < 0 ? minus(z) : z))),
  arctanSpike: z => stepped(z, over(complex(0, z.im), plus(one(1), times(z, one(z.re))))),
}

const bilinear = ['mul', 'matmul', 'matvec', 'outer', 'dot']

const tensors = (values: readonly Value[]): readonly Tensor[] => values as readonly Tensor[]

/** (a + ib)(c + id), for any product. */
const product = (row: Row, [[a, b], [c, d]]: readonly [Pair, Pair], options: unknown): Pair => {
  const of = (x: Tensor, y: Tensor): Value => run(row, [x, y], options)
  return tensors([subValues(of(a, c), of(b, d)), addValues(of(a, d), of(b, c))]) as unknown as Pair
}

/** softmax, log softmax and log Σ exp of a vector, with the largest real part taken out first. */
const normalised = (row: Row, pair: Pair): Pair => {
  const shift = Math.max(...pair[0].data)
  const powers = each(([z]) => exp(complex((z as Complex).re - shift, (z as Complex).im)) as unknown as Complex, pair)
  const total = complex(...(powers.map(part => part.data.reduce((x, y) => x + y, 0)) as [number, number]))
  if (row.name === 'softmax') return each(([z]) => over(z as Complex, total), powers)
  const sum = plus(one(shift), log(total) as unknown as Complex)
  if (row.name === 'logSoftmax') return each(([z]) => plus(z as Complex, minus(sum)), pair)
  return [sum.re, sum.im].map(x => tensorOf([], Float64Array.of(x))) as unknown as Pair
}

const extended = (row: Row, args: readonly Pair[], options: unknown): Pair => {
  const scalar = scalars[row.name]
  if (scalar) return each(([z]) => scalar(z as Complex), args[0] as Pair)
  if (row.name === 'div') return each(([a, b]) => over(a as Complex, b as Complex), ...args)
  if (bilinear.includes(row.name)) return product(row, args as [Pair, Pair], options)
  if (['softmax', 'logSoftmax', 'logsumexp'].includes(row.name)) return normalised(row, args[0] as Pair)
  if (row.name === 'where') return chosen(args as [Pair, Pair, Pair])
  const linear = row.kind === 'layout' || ['sum', 'mean', 'add', 'sub', 'neg'].includes(row.name)
  if (!linear) throw new Error(`internal: no complex extension of ${row.name}`)
  const of = (part: 0 | 1): Value =>
    run(
      row,
      args.map(pair => pair[part]),
      options,
    )
  return tensors([of(0), of(1)]) as unknown as Pair
}

/** Of two numbers the one that the real part of a third chooses. */
const chosen = ([[condition], a, b]: readonly [Pair, Pair, Pair]): Pair =>
  [0, 1].map(part => where(condition, a[part] as Tensor, b[part] as Tensor)) as unknown as Pair

/** A direction of no particular shape in a tree, and the slope of a program of the tree along it. */
export const slopeOf = <T extends Tree>(
  program: (tree: T) => Value,
  at: T,
): readonly [direction: readonly number[], slope: number] => {
  const leaves = leavesOf(at) as readonly Tensor[]
  const direction: number[] = []
  const next = (): number => {
    const x = Math.cos(3 * direction.length + 1)
    direction.push(x)
    return x
  }
  const tangents = leaves.map(({ shape, data }) => tensorOf(shape, Float64Array.from(data, next)))
  return [direction, alongStep(inputs => program(rebuild(at, inputs)), leaves, tangents).data[0] as number]
}

/** The derivative of a program of flat values along tangents of its inputs, by one complex step. */
export const alongStep = (
  program: (inputs: readonly Value[]) => Value,
  inputs: readonly Tensor[],
  tangents: readonly Tensor[],
): Tensor => {
  const made = ([re, im]: Pair): Imaginary => ({ interpreter: self, shape: re.shape, re, im })
  const pairOf = (x: Value): Pair =>
    x.interpreter === self
      ? [(x as Imaginary).re, (x as Imaginary).im]
      : [x as Tensor, tensorOf(x.shape, new Float64Array((x as Tensor).data.length))]
  const self: Interpreter = {
    level: nextLevel(),
    run: (row, args, options) => made(extended(row, args.map(pairOf), options)),
  }
  const starts = inputs.map((x, i) => made([x, mulValues(h, tangents[i] as Tensor) as Tensor]))
  const [out] = end(self, [program(starts)])
  return mulValues(1 / h, pairOf(out as Value)[1]) as Tensor
}
