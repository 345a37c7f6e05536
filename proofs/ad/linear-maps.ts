/**
 * The laws of linear maps and of what is folded with them:
 *
 * 1. Linear maps form a category, and pull, the adjoint of push, reverses composition.
 * 2. The matrix of a map is the same by pushes of unit tangents and by pulls of unit cotangents.
 * 3. Gradients are a monoid, and step transforms one of endomorphisms; the steps of a fold are a traversal with state.
 */

import { type Arbitrary, constantFrom, integer, letrec, record, tuple } from 'fast-check'
import * as RNEA from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import * as S from 'fp-ts/lib/State.js'
import { pull, push, toMatrix } from '../../ad/linear/apply.ts'
import {
  Arrows,
  compose,
  identity,
  type Linear,
  masked,
  matrix,
  outer,
  plus,
  scale,
  sumMaps,
  taped,
  zeroMap,
} from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, type Space, toValue, zeroCotangentIn } from '../../ad/linear/space.ts'
import { record as taping } from '../../ad/modes/tape.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import { stack, transpose } from '../../ad/primitives/layout.ts'
import { eye, scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { composed, type StepTransform, steps } from '../../nets/run/fold.ts'
import type { Fold } from '../../nets/run/rule.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { quarters } from '../arbitraries/networks.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

/** A space of n numbers; all maps here go between such spaces, so one type stands for them. */
type Vector = Value
const space = (n: number): Space<Vector> => ({ shapes: [[n]], size: n })
type LinearMap = Linear<Vector, Vector>

/** Random linear maps as plain data, so that a counterexample can be read; built by `mapOf`. */
type Plan =
  | { readonly kind: 'dense' | 'outer' | 'taped' | 'masked' | 'zero'; readonly seed: readonly number[] }
  | { readonly kind: 'sum' | 'compose'; readonly parts: readonly [Plan, Plan] }
  | { readonly kind: 'scale'; readonly parts: readonly [Plan, Plan]; readonly seed: readonly number[] }

const { plan } = letrec<{ plan: Plan; leaf: Plan }>(tie => ({
  leaf: record({ kind: constantFrom('dense', 'outer', 'taped', 'masked', 'zero'), seed: quarters(18) }),
  plan: integer({ min: 0, max: 5 }).chain(k =>
    k < 3
      ? tie('leaf')
      : record({
          kind: constantFrom('sum', 'compose', 'scale'),
          parts: tuple(tie('leaf'), tie('leaf')),
          seed: quarters(18),
        }),
  ),
}))

const entriesOf = (seed: readonly number[], rows: number, columns: number): Tensor =>
  tensor(
    Array.from({ length: rows * columns }, (_, i) => seed[i % seed.length] as number),
    [rows, columns],
  )

const row = (seed: readonly number[], n: number, from = 0): Tensor => tensor(seed.slice(from, from + n))

/** The Jacobian of tanh(W x), kept as the tape that recorded it, and the point x. */
const recorded = (seed: readonly number[], from: Space<Vector>, to: Space<Vector>): LinearMap => {
  const W = entriesOf(seed, to.size, from.size)
  return taped(
    from,
    to,
    taping(([x]) => [tanh(matvec(W, x as Value))], [row(seed, from.size, 9)]),
    [0],
  )
}

const leaf = (kind: string, seed: readonly number[], from: Space<Vector>, to: Space<Vector>): LinearMap => {
  if (kind === 'dense') return matrix(from, to, entriesOf(seed, to.size, from.size))
  if (kind === 'outer')
    return outer(from, to, asTangent(to, row(seed, to.size)), asCotangent(from, row(seed, from.size, 4)))
  if (kind === 'masked')
    return masked(
      tensor(
        entriesOf(seed, to.size, from.size).data.map(x => (x > 0 ? 1 : 0)),
        [to.size, from.size],
      ),
      leaf('dense', seed.toReversed(), from, to),
    )
  return kind === 'zero' ? zeroMap(from, to) : recorded(seed, from, to)
}

const mapOf = (plan: Plan, from: number, to: number): LinearMap => {
  if (!('parts' in plan)) return leaf(plan.kind, plan.seed, space(from), space(to))
  const [a, b] = plan.parts
  if (plan.kind === 'sum') return sumMaps(mapOf(a, from, to), mapOf(b, from, to))
  if (plan.kind === 'compose') return compose(mapOf(a, 2, to), mapOf(b, from, 2))
  return scale(scalar('seed' in plan ? (plan.seed[0] as number) : 1), mapOf(a, from, to))
}

interface Trial {
  readonly f: Plan
  readonly g: Plan
  readonly h: Plan
  readonly t: readonly number[]
  readonly c: readonly number[]
}
const trials: Arbitrary<Trial> = record({ f: plan, g: plan, h: plan, t: quarters(6), c: quarters(6) })

/** f : 3 → 2, g : 2 → 4, h : 4 → 3. */
const three = ({ f, g, h }: Trial) => ({ f: mapOf(f, 3, 2), g: mapOf(g, 2, 4), h: mapOf(h, 4, 3) })
const vectorOf = (xs: readonly number[], n: number): Tensor => tensor(xs.slice(0, n))
const law = (claim: string, sides: (t: Trial) => readonly [readonly number[], readonly number[]]): Proposition =>
  equation<Trial>({ claim, forAll: trials, sides, within: 1e-12, verdict: 'holds' })

const dot = (a: Value, b: Value): number => entries(a).reduce((sum, x, i) => sum + x * (entries(b)[i] as number), 0)

const category: readonly Proposition[] = [
  law('pull is adjoint to push for every linear map and every operation on linear maps', trial => {
    const { f } = three(trial)
    const [t, c] = [vectorOf(trial.t, 3), vectorOf(trial.c, 2)]
    return [[dot(toValue(pull(f, asCotangent(f.to, c))), t)], [dot(c, toValue(push(f, asTangent(f.from, t))))]]
  }),
  law('composition of linear maps is associative', trial => {
    const { f, g, h } = three(trial)
    return [entries(toMatrix(compose(h, compose(g, f)))), entries(toMatrix(Arrows.compose(Arrows.compose(h, g), f)))]
  }),
  law('the identity map changes nothing, on either side', trial => {
    const { f } = three(trial)
    const both = [compose(f, identity(f.from)), compose(identity(f.to), f)]
    return [both.flatMap(map => entries(toMatrix(map))), [f, f].flatMap(map => entries(toMatrix(map)))]
  }),
  law('pull reverses composition', trial => {
    const { f, g } = three(trial)
    const c = asCotangent(g.to, vectorOf(trial.c, 4))
    return [entries(toValue(pull(compose(g, f), c))), entries(toValue(pull(f, pull(g, c))))]
  }),
  law('dense writes down what push does, column by column, and what pull does, row by row', trial => {
    const { f } = three(trial)
    const t = vectorOf(trial.t, 3)
    const c = vectorOf(trial.c, 2)
    const written = matrix(f.from, f.to, toMatrix(f))
    return [
      [...entries(toValue(push(f, asTangent(f.from, t)))), ...entries(toValue(pull(f, asCotangent(f.to, c))))],
      [
        ...entries(toValue(push(written, asTangent(f.from, t)))),
        ...entries(toValue(pull(written, asCotangent(f.to, c)))),
      ],
    ]
  }),
  law('a block goes through a linear map as its rows go one by one', trial => {
    const { f } = three(trial)
    const [a, b] = [vectorOf(trial.t, 3), vectorOf(trial.t.toReversed(), 3)]
    const [c, e] = [vectorOf(trial.c, 2), vectorOf(trial.c.toReversed(), 2)]
    const one = (x: Value) => entries(toValue(push(f, asTangent(f.from, x))))
    const back = (x: Value) => entries(toValue(pull(f, asCotangent(f.to, x))))
    return [
      [...one(stack([a, b])), ...back(stack([c, e]))],
      [...one(a), ...one(b), ...back(c), ...back(e)],
    ]
  }),
]

/** A matrix by its columns, pushes of the unit tangents; and by its rows, pulls of the unit cotangents. */
const byPushes = (f: LinearMap): Value => transpose(toValue(push(f, asTangent(f.from, eye(f.from.size)))))
const byPulls = (f: LinearMap): Value => toValue(pull(f, asCotangent(f.to, eye(f.to.size))))

const matrices: readonly Proposition[] = [
  law('the matrix of a recorded Jacobian is the same by pushes and by pulls, be it wide or tall', ({ t, c }) => {
    const seed = [...t, ...c, ...t]
    const shapes = [
      [3, 2],
      [2, 3],
    ] as const
    const maps = shapes.map(([from, to]) => recorded(seed, space(from), space(to)))
    const columns = maps.flatMap(f => entries(byPushes(f)))
    return [
      [...columns, ...columns],
      [...maps.flatMap(f => entries(byPulls(f))), ...maps.flatMap(f => entries(toMatrix(f)))],
    ]
  }),
  law('the matrix of any linear map is the same by pushes and by pulls', trial => {
    const maps = Object.values(three(trial))
    return [maps.flatMap(f => entries(byPushes(f))), maps.flatMap(f => entries(byPulls(f)))]
  }),
]

const monoids: readonly Proposition[] = [
  law('gradients are a monoid: plus is associative, and the zero cotangent is its unit on either side', ({ t, c }) => {
    const gradient = (xs: readonly number[]) => asCotangent(space(6), vectorOf(xs, 6))
    const [a, b, e] = [gradient(t), gradient(c), gradient(t.toReversed())]
    const unit = zeroCotangentIn(space(6))
    return [
      [plus(plus(a, b), e), plus(unit, a), plus(a, unit)].flatMap(x => entries(toValue(x))),
      [plus(a, plus(b, e)), a, a].flatMap(x => entries(toValue(x))),
    ]
  }),
  law('step transforms are a monoid of endomorphisms: a list of approximations is one approximation', ({ t, c }) => {
    const onLoss =
      (f: (loss: Value) => Value): StepTransform =>
      now => ({ ...now, loss: f(now.loss) })
    const list = [onLoss(x => mul(x, t[0] as number)), onLoss(x => add(x, c[0] as number)), onLoss(x => mul(x, x))]
    const steps = t.map(x => ({ loss: scalar(x) }) as Timestep)
    const losses = (one: StepTransform) => steps.flatMap(now => entries(one(now).loss))
    return [
      [...losses(composed(...list)), ...losses(composed())],
      [...losses(now => list.reduce((then, transform) => transform(then), now)), ...t],
    ]
  }),
  law('the steps of a fold are a traversal with state', ({ t, c }) => {
    const fold: Fold<number, number, number> = {
      faces: 'past',
      init: first => first,
      step: (m, x) => [m * x, 0.5 * m + x],
    }
    const inputs = RNEA.concat(c)(t as RNEA.ReadonlyNonEmptyArray<number>)
    const traverse = RNEA.traverse(S.Applicative)(
      (x: number): S.State<number, number> =>
        m => [fold.step(m, x)[0], fold.step(m, x)[1]],
    )
    return [
      [...steps(fold)(inputs)].map(([out]) => out),
      [...S.evaluate(fold.init(RNEA.head(inputs)))(traverse(inputs))],
    ]
  }),
]

export const linearMaps: readonly Proposition[] = [...category, ...matrices, ...monoids]
