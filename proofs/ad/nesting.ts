/** Modes nest in any order, and no perturbation is taken for another. */
import { type Arbitrary, record } from 'fast-check'
import { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, vjp, vmap } from '../../ad/modes/transforms.ts'
import { dot, matvec } from '../../ad/primitives/contraction.ts'
import { add, div, exp, mul, sigmoid, tanh } from '../../ad/primitives/elementwise.ts'
import { stack, sum } from '../../ad/primitives/layout.ts'
import { logsumexp, softmax } from '../../ad/primitives/reduction.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { quarters } from '../arbitraries/networks.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

interface Trial {
  readonly w: readonly number[]
  readonly x: readonly number[]
  readonly t: readonly number[]
}
const trials: Arbitrary<Trial> = record({ w: quarters(9), x: quarters(3), t: quarters(3) })

/** A scalar program that meets most kinds of primitive. */
const program = ({ w }: Trial) => {
  const W = tensor(w, [3, 3])
  return (x: Value): Value => {
    const y = tanh(matvec(W, x))
    return add(dot(softmax(y), sigmoid(x)), mul(logsumexp(mul(x, y)), sum(div(x, add(2, mul(x, x))))))
  }
}

const law = (
  claim: string,
  sides: (t: Trial) => readonly [readonly number[], readonly number[]],
  within = 1e-12,
): Proposition => equation({ claim, forAll: trials, sides, within, verdict: 'holds', runs: 50 })

const at = (trial: Trial): Tensor => tensor([...trial.x])

/** Second derivatives by central differences of first ones: h = 1e-4 promises 1e-6. */
const secondDifferences = (f: (x: Value) => Value, x: Tensor, t: Tensor, h = 1e-4): readonly number[] => {
  const value = (a: number, b: number, i: number, j: number): number => {
    const moved = x.data.map((v, k) => v + (k === i ? a : 0) + (k === j ? b : 0))
    return (f(tensor([...moved])) as Tensor).data[0] as number
  }
  const mixed = (i: number, j: number): number =>
    (value(h, h, i, j) - value(h, -h, i, j) - value(-h, h, i, j) + value(-h, -h, i, j)) / (4 * h * h)
  return Array.from(x.data, (_, i) => t.data.reduce((total, step, j) => total + mixed(i, j) * step, 0))
}

export const nesting: readonly Proposition[] = [
  law('forward over reverse is reverse over forward', trial => {
    const f = program(trial)
    const [x, t] = [at(trial), tensor([...trial.t])]
    return [entries(hvp(f, [x], [t])), entries(grad((y: Value) => jvp(f, [y], [t])[1])(x))]
  }),
  law('reverse over reverse and forward over forward give the same second derivative', trial => {
    const f = program(trial)
    const [x, t] = [at(trial), tensor([...trial.t])]
    const twice = jvp((y: Value) => jvp(f, [y], [t])[1], [x], [t])[1]
    const back = grad((y: Value) => dot(grad(f)(y), t))(x)
    return [[entries(dot(back, t))[0] as number], entries(twice)]
  }),
  law(
    'second derivatives are those of central differences',
    trial => {
      const [f, x, t] = [program(trial), at(trial), tensor([...trial.t])]
      return [entries(hvp(f, [x], [t])), secondDifferences(f, x, t)]
    },
    1e-5,
  ),
  law('the Hessian is symmetric, and its product with a tangent is hvp', trial => {
    const [f, x, t] = [program(trial), at(trial), tensor([...trial.t])]
    const H = hessian(f)(x) as Tensor
    return [
      [...entries(matvec(H, t)), ...entries(H)],
      [...entries(hvp(f, [x], [t])), ...transposed(entries(H), 3)],
    ]
  }),
  law('jacfwd is jacrev', trial => {
    const f = (x: Value): Value => softmax(matvec(tensor([...trial.w], [3, 3]), tanh(x)))
    return [entries(jacfwd(f)(at(trial))), entries(jacrev(f)(at(trial)))]
  }),
  law('linearize pushes what jvp pushes, and vjp pulls its adjoint', trial => {
    const f = (x: Value): Value => softmax(matvec(tensor([...trial.w], [3, 3]), tanh(x)))
    const [x, t, c] = [at(trial), tensor([...trial.t]), tensor(trial.w.slice(0, 3))]
    const pushed = linearize(f, x)[1](t)
    const pulled = vjp(f, x)[1](c)[0] as Value
    return [
      [...entries(pushed), ...entries(dot(pulled, t))],
      [...entries(jvp(f, [x], [t])[1]), ...entries(dot(c, pushed))],
    ]
  }),
  law('vmap of grad is grad one at a time, and grad of a sum over vmap is the same', trial => {
    const f = program(trial)
    const [x, y] = [at(trial), tensor([...trial.t])]
    const block = stack([x, y])
    const singles = [...entries(grad(f)(x)), ...entries(grad(f)(y))]
    const summed = grad((b: Value) => sum(vmap(f)(b)))(block)
    return [
      [...entries(vmap(grad(f))(block)), ...entries(summed)],
      [...singles, ...singles],
    ]
  }),
  law('d/dx (x · d/dy (x + y)) = 1: no perturbation is taken for another', ({ x }) => {
    const one = (a: Value): Value => mul(a, jvp((b: Value) => add(a, b), [scalar(2)], [scalar(1)])[1])
    const other = (a: Value): Value => mul(a, grad((b: Value) => add(a, b))(scalar(2)))
    const points = x.map(scalar)
    const slopes = points.flatMap(p => [
      jvp(one, [p], [scalar(1)])[1],
      grad(one)(p),
      grad(other)(p),
      jvp(other, [p], [scalar(1)])[1],
    ])
    return [slopes.flatMap(entries), slopes.map(() => 1)]
  }),
  law('d/dx (x · d/dy (y · exp(x y))) is its formula, x and y each keeping its own perturbation', ({ x }) => {
    const inner = (a: Value, b: Value): Value => grad((y: Value) => mul(y, exp(mul(a, y))))(b)
    const f = (a: Value): Value => mul(a, inner(a, scalar(0.5)))
    const formula = (a: number): number =>
      Math.exp(0.5 * a) * (1 + 0.5 * a) + a * Math.exp(0.5 * a) * (0.5 * (1 + 0.5 * a) + 0.5)
    return [x.flatMap(a => entries(grad(f)(scalar(a)))), x.map(formula)]
  }),
]

const transposed = (xs: readonly number[], n: number): number[] =>
  xs.map((_, k) => xs[(k % n) * n + Math.floor(k / n)] as number)
