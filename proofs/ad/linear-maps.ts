/** Arrows form a category, and pull is push's adjoint; gradients and views are monoids; a walk is a traversal with state. */

import { type Arbitrary, constantFrom, integer, letrec, record, tuple } from 'fast-check'
import { getMonoid } from 'fp-ts/lib/Endomorphism.js'
import { concatAll } from 'fp-ts/lib/Monoid.js'
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
import { tanh } from '../../ad/primitives/elementwise.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { steps } from '../../nets/run/fold.ts'
import type { Fold } from '../../nets/run/rule.ts'
import { quarters } from '../arbitraries/networks.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

/** A space of n numbers; all arrows here go between such spaces, so one type stands for them. */
type Vector = Value
const space = (n: number): Space<Vector> => ({ shapes: [[n]], size: n })
type Arrow = Linear<Vector, Vector>

/** Random arrows as plain data, so that a counterexample can be read; built by `arrowOf`. */
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

const cell = (seed: readonly number[], rows: number, columns: number, from = 0): Tensor =>
  tensor(
    Array.from({ length: rows * columns }, (_, i) => seed[(from + i) % seed.length] as number),
    [rows, columns],
  )

const row = (seed: readonly number[], n: number, from = 0): Tensor => tensor(seed.slice(from, from + n))

const leaf = (kind: string, seed: readonly number[], from: Space<Vector>, to: Space<Vector>): Arrow => {
  const entriesOf = cell(seed, to.size, from.size)
  if (kind === 'dense') return matrix(from, to, entriesOf)
  if (kind === 'outer')
    return outer(from, to, asTangent(to, row(seed, to.size)), asCotangent(from, row(seed, from.size, 4)))
  if (kind === 'masked')
    return masked(
      tensor(
        cell(seed, to.size, from.size).data.map(x => (x > 0 ? 1 : 0)),
        [to.size, from.size],
      ),
      leaf('dense', seed.toReversed(), from, to),
    )
  if (kind === 'zero') return zeroMap(from, to)
  const tape = taping(([x]) => [tanh(matvec(entriesOf, x as Value))], [row(seed, from.size, 9)])
  return taped(from, to, tape, [0])
}

const arrowOf = (plan: Plan, from: number, to: number): Arrow => {
  if (!('parts' in plan)) return leaf(plan.kind, plan.seed, space(from), space(to))
  const [a, b] = plan.parts
  if (plan.kind === 'sum') return sumMaps(arrowOf(a, from, to), arrowOf(b, from, to))
  if (plan.kind === 'compose') return compose(arrowOf(a, 2, to), arrowOf(b, from, 2))
  return scale(scalar('seed' in plan ? (plan.seed[0] as number) : 1), arrowOf(a, from, to))
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
const three = ({ f, g, h }: Trial) => ({ f: arrowOf(f, 3, 2), g: arrowOf(g, 2, 4), h: arrowOf(h, 4, 3) })
const vectorOf = (xs: readonly number[], n: number): Tensor => tensor(xs.slice(0, n))
const law = (claim: string, sides: (t: Trial) => readonly [readonly number[], readonly number[]]): Proposition<Trial> =>
  equation({ claim, forAll: trials, sides, within: 1e-12, verdict: 'holds' })

const dot = (a: Value, b: Value): number => entries(a).reduce((sum, x, i) => sum + x * (entries(b)[i] as number), 0)

const category: readonly Proposition<Trial>[] = [
  law('pull is adjoint to push for every arrow and every operation on arrows', trial => {
    const { f } = three(trial)
    const [t, c] = [vectorOf(trial.t, 3), vectorOf(trial.c, 2)]
    return [[dot(toValue(pull(f, asCotangent(f.to, c))), t)], [dot(c, toValue(push(f, asTangent(f.from, t))))]]
  }),
  law('composition of arrows is associative', trial => {
    const { f, g, h } = three(trial)
    return [entries(toMatrix(compose(h, compose(g, f)))), entries(toMatrix(Arrows.compose(Arrows.compose(h, g), f)))]
  }),
  law('the identity arrow changes nothing, on either side', trial => {
    const { f } = three(trial)
    const both = [compose(f, identity(f.from)), compose(identity(f.to), f)]
    return [both.flatMap(arrow => entries(toMatrix(arrow))), [f, f].flatMap(arrow => entries(toMatrix(arrow)))]
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
  law('a block goes through an arrow as its rows go one by one', trial => {
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

const monoids: readonly Proposition<Trial>[] = [
  law('gradients are a monoid: plus is associative, and silence is its unit on either side', ({ t, c }) => {
    const [a, b, e] = [t, c, t.toReversed()].map(xs => asCotangent(space(6), vectorOf(xs, 6))) as never as [
      ReturnType<typeof asCotangent<Vector>>,
      ReturnType<typeof asCotangent<Vector>>,
      ReturnType<typeof asCotangent<Vector>>,
    ]
    const unit = zeroCotangentIn(space(6))
    return [
      [plus(plus(a, b), e), plus(unit, a), plus(a, unit)].flatMap(x => entries(toValue(x))),
      [plus(a, plus(b, e)), a, a].flatMap(x => entries(toValue(x))),
    ]
  }),
  law('views are a monoid of endomorphisms: a list of approximations is one approximation', ({ t, c }) => {
    const views = [(x: number) => x * (t[0] ?? 0), (x: number) => x + (c[0] ?? 0), (x: number) => x * x]
    const one = concatAll(getMonoid<number>())(views)
    return [t.map(one), t.map(x => views.reduce((y, view) => view(y), x))]
  }),
  law('the steps of a fold are a traversal with state', ({ t, c }) => {
    const machine: Fold<number, number, number> = {
      faces: 'past',
      init: first => first,
      step: (m, x) => [m * x, 0.5 * m + x],
    }
    const inputs = [...t, ...c] as unknown as RNEA.ReadonlyNonEmptyArray<number>
    const traverse = RNEA.traverse(S.Applicative)(
      (x: number): S.State<number, number> =>
        m => [machine.step(m, x)[0], machine.step(m, x)[1]],
    )
    return [
      [...steps(machine)(inputs)].map(([out]) => out),
      [...S.evaluate(machine.init(RNEA.head(inputs)))(traverse(inputs))],
    ]
  }),
]

export const arrowLaws: readonly Proposition[] = [...category, ...monoids] as never
