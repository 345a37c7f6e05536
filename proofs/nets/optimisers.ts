/** Optimisers as maps of gradients: how they compose, which are one another in special cases, and what bounds them. */
import { type Arbitrary, array, constantFrom, integer, record } from 'fast-check'
import { applyUpdate, type Cotangent, negativeGradient, toValue } from '../../ad/linear/space.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Theta } from '../../nets/network.ts'
import { chain } from '../../nets/train/chain.ts'
import { clipByNorm, clipByValue } from '../../nets/train/clipping.ts'
import { type Entrywise, entrywiseOf } from '../../nets/train/entrywise.ts'
import type { Optimiser } from '../../nets/train/optimiser.ts'
import { adam, adamw, rmsprop, sgd, weightDecay } from '../../nets/train/optimisers.ts'
import { cosine } from '../../nets/train/schedules.ts'
import { quarters } from '../arbitraries/networks.ts'
import { entries, equation, gap, type Proposition } from '../proposition.ts'

type Numbers = readonly number[]
type Gradient = Cotangent<Theta>

/** Parameters [size] and a gradient for each update. Everything is drawn at its largest and cropped, so that it shrinks. */
interface Course {
  readonly size: number
  readonly parameters: Numbers
  readonly gradients: readonly Numbers[]
}
const courses: Arbitrary<Course> = record({
  size: integer({ min: 1, max: 3 }),
  parameters: quarters(3),
  gradients: array(quarters(3), { minLength: 1, maxLength: 4 }),
})
const describe = ({ size, parameters, gradients }: Course): string =>
  `θ = [${parameters.slice(0, size)}], gradients ${gradients.map(g => `[${g.slice(0, size)}]`).join(', ')}`

const gradientOf = (numbers: Numbers): Gradient => tensor(numbers) as unknown as Gradient
const numbersOf = (gradient: Gradient): Numbers => [...(toValue(gradient) as Tensor).data]
const start = ({ parameters, size }: Course): Theta =>
  ({ cell: { w: tensor(parameters.slice(0, size)) }, start: {}, readout: {} }) as unknown as Theta
const gradientsOf = ({ gradients, size }: Course): readonly Gradient[] =>
  gradients.map(g => gradientOf(g.slice(0, size)))
const moved = (θ: Theta, update: Gradient): Theta => applyUpdate(θ, negativeGradient(update))

/** θ after each update, moved as `train` moves it. */
const path = <M>(optimiser: Optimiser<M>, course: Course): Numbers => {
  let θ = start(course)
  let memory: M | undefined
  return gradientsOf(course).flatMap(gradient => {
    const [update, next] = optimiser.step(memory ?? optimiser.init(gradient), gradient, θ)
    memory = next
    θ = moved(θ, update)
    return entries(θ)
  })
}

/** θ after each update of two optimisers, each with a memory of its own, called one after the other. */
const byHand = <A, B>(first: Optimiser<A>, second: Optimiser<B>, course: Course): Numbers => {
  let θ = start(course)
  let [a, b]: [A | undefined, B | undefined] = [undefined, undefined]
  return gradientsOf(course).flatMap(gradient => {
    const [between, nextA] = first.step(a ?? first.init(gradient), gradient, θ)
    const [update, nextB] = second.step(b ?? second.init(gradient), between, θ)
    a = nextA
    b = nextB
    θ = moved(θ, update)
    return entries(θ)
  })
}

const lr = 0.125
const falling = cosine(lr, 0, 3)
const parts = {
  'sgd with momentum': sgd({ lr: 0.5, momentum: 0.5 }),
  'adam, its lr falling': adam({ lr: falling, beta2: 0.75 }),
  rmsprop: rmsprop({ lr, momentum: 0.25 }),
  weightDecay: weightDecay({ decay: 0.25 }),
  clipByNorm: clipByNorm(0.5),
  clipByValue: clipByValue(0.25),
} as const
type Part = keyof typeof parts
const part = constantFrom(...(Object.keys(parts) as Part[]))

interface Row extends Course {
  readonly row: readonly [Part, Part, Part]
}
const rows: Arbitrary<Row> = record({ course: courses, a: part, b: part, c: part }).map(({ course, a, b, c }) => ({
  ...course,
  row: [a, b, c],
}))
const optimisersOf = ({ row: [a, b, c] }: Row): readonly [Optimiser, Optimiser, Optimiser] => [
  parts[a],
  parts[b],
  parts[c],
]

type Sides<A> = (a: A) => readonly [Numbers, Numbers]
const onCourses = (claim: string, sides: Sides<Course>): Proposition =>
  equation<Course>({ claim, forAll: courses, sides, describe, within: 1e-12, verdict: 'holds' })
const refuted = (claim: string, sides: Sides<Course>): Proposition =>
  equation<Course>({ claim, forAll: courses, sides, describe, within: 1e-6, verdict: 'refuted' })
const onRows = (claim: string, sides: Sides<Row>): Proposition =>
  equation<Row>({
    claim,
    forAll: rows,
    sides,
    describe: of => `${of.row.join(', ')}; ${describe(of)}`,
    within: 1e-12,
    verdict: 'holds',
  })

const composition: readonly Proposition[] = [
  onRows('a chain of two optimisers is the loop that calls the one and then the other', of => {
    const [a, b] = optimisersOf(of)
    return [path(chain(a, b), of), byHand(a, b, of)]
  }),
  onRows('chain is associative, and a chain of none in it changes nothing', of => {
    const [a, b, c] = optimisersOf(of)
    const [left, right] = [chain(chain(a, b), c), chain(a, chain(chain(), b, c))]
    const flat = path(chain(a, b, c), of)
    return [
      [...path(left, of), ...path(right, of)],
      [...flat, ...flat],
    ]
  }),
]

/** Each update, and what is remembered after it, by an optimiser's step, or by its program. */
const updates = (optimiser: Optimiser, course: Course, program: Entrywise<unknown> | null): Numbers => {
  let θ = start(course)
  let memory: unknown
  return gradientsOf(course).flatMap(gradient => {
    memory ??= optimiser.init(gradient)
    const [update, next] = program
      ? stepped(program, memory, gradient, θ.cell.w as Value)
      : optimiser.step(memory, gradient, θ)
    memory = next
    θ = moved(θ, update)
    return [...numbersOf(update), ...(entrywiseOf(optimiser)?.heldIn(memory).flatMap(numbersOf) ?? [])]
  })
}

const stepped = (program: Entrywise<unknown>, memory: unknown, gradient: Gradient, θ: Value) => {
  const numbers = program.numbersOf(memory).map(scalar)
  const [update, held] = program.step(numbers, program.heldIn(memory).map(toValue), toValue(gradient), θ)
  const next = program.holding(program.counted(memory), held as unknown as readonly Gradient[])
  return [update as unknown as Gradient, next] as const
}

/** The numbers a power of two larger or smaller: to where squares overflow, and vanish. */
const scaledRows: Arbitrary<Row & { readonly power: number }> = record({
  row: rows,
  power: constantFrom(0, -400, 400, -600, 600, -1000, 900),
}).map(({ row, power }) => ({
  ...row,
  power,
  gradients: row.gradients.map(g => g.map(x => x * 2 ** power)),
}))

const programs: readonly Proposition[] = [
  equation<Row & { readonly power: number }>({
    claim:
      'an optimiser that is also given as a program of Values gives by it the updates and the memories of its step, bit for bit, at any scale',
    forAll: scaledRows,
    sides: of => {
      const [a, b] = optimisersOf(of)
      const all = [a, chain(a, b), adamw({ lr: falling, decay: 0.5 }), rmsprop({ lr, epsilon: 1e-300 })]
      const found = all.map(one => [updates(one, of, null), updates(one, of, entrywiseOf(one))] as const)
      const same = found.map(([step, program]) => step.every((x, i) => Object.is(x, program[i])))
      return [same.map(Number), same.map(() => 1)]
    },
    describe: of => `${of.row.join(', ')}, gradients times 2^${of.power}; ${describe(of)}`,
    within: 0,
    verdict: 'holds',
  }),
]

/** Σ_s momentum^(t - s) g_s at each t, with no velocity carried. */
const faded = (momentum: number, { gradients, size }: Course): readonly Numbers[] =>
  gradients.map((_, t) =>
    Array.from({ length: size }, (_, i) =>
      gradients.slice(0, t + 1).reduce((sum, g, s) => sum + momentum ** (t - s) * (g[i] as number), 0),
    ),
  )

/** θ after each of some updates that are known beforehand. */
const along = (course: Course, updates: readonly Numbers[]): Numbers => {
  let θ = start(course)
  return updates.flatMap(update => {
    θ = moved(θ, gradientOf(update))
    return entries(θ)
  })
}

/** θ ← (1 - lr decay) θ - what adam makes of the gradients: the decay is on θ alone. */
const shrunkBesideAdam = (decay: number, course: Course): Numbers => {
  const plain = adam({ lr: falling })
  let memory: ReturnType<typeof plain.init> | undefined
  let at = course.parameters.slice(0, course.size)
  return gradientsOf(course).flatMap((gradient, t) => {
    const [update, next] = plain.step(memory ?? plain.init(gradient), gradient, start(course))
    memory = next
    const by = numbersOf(update)
    at = at.map((x, i) => (1 - falling(t) * decay) * x - (by[i] as number))
    return at
  })
}

/** The average of g with weights faded by beta, divided by what it lacks for beginning at 0. */
const unbiased = (beta: number, of: Course): readonly Numbers[] =>
  faded(beta, of).map((v, t) => v.map(x => ((1 - beta) * x) / (1 - beta ** (t + 1))))

/** θ by both averages, of the gradients and of their squares. Kingma & Ba 2015, algorithm 1. */
const kingmaAndBa = (beta1: number, beta2: number, of: Course): Numbers => {
  const means = unbiased(beta1, of)
  const squares = unbiased(beta2, { ...of, gradients: of.gradients.map(g => g.map(x => x * x)) })
  const update = (t: number): Numbers =>
    (means[t] ?? []).map((m, i) => (lr * m) / (Math.sqrt(squares[t]?.[i] ?? Number.NaN) + 1e-8))
  return along(
    of,
    of.gradients.map((_, t) => update(t)),
  )
}

const before = (decay: number, then: Optimiser): Optimiser => chain(weightDecay({ decay }), then)
const after = (first: Optimiser, decay: number): Optimiser => chain(first, weightDecay({ decay, lr }))

const reductions: readonly Proposition[] = [
  onCourses('sgd without momentum moves θ by -lr times each gradient', of => [
    path(sgd({ lr }), of),
    along(
      of,
      of.gradients.map(g => g.slice(0, of.size).map(x => lr * x)),
    ),
  ]),
  onCourses('sgd with momentum moves θ by all gradients so far, each faded by momentum at every update since', of => [
    path(sgd({ lr, momentum: 0.5 }), of),
    along(
      of,
      faded(0.5, of).map(v => v.map(x => lr * x)),
    ),
  ]),
  onCourses(
    'adam moves θ by the mean of the gradients over the root of the mean of their squares, both unbiased',
    of => [path(adam({ lr, beta2: 0.75 }), of), kingmaAndBa(0.9, 0.75, of)],
  ),
  onCourses('adam with beta1 = beta2 = 0 and a tiny epsilon is sign descent', of => [
    path(adam({ lr, beta1: 0, beta2: 0, epsilon: 1e-300 }), of),
    along(
      of,
      of.gradients.map(g => g.slice(0, of.size).map(x => lr * Math.sign(x))),
    ),
  ]),
  onCourses('adamw with decay 0 is adam', of => [
    path(adamw({ lr: falling, decay: 0 }), of),
    path(adam({ lr: falling }), of),
  ]),
  onCourses('adamw shrinks θ by lr decay, and otherwise moves it as adam does', of => [
    path(adamw({ lr: falling, decay: 0.25 }), of),
    shrunkBesideAdam(0.25, of),
  ]),
  onCourses('under sgd without momentum L2 regularisation and decoupled decay are the same', of => [
    path(before(0.25, sgd({ lr })), of),
    path(after(sgd({ lr }), 0.25), of),
  ]),
]

/** A course whose gradients are all times 2^power. */
interface Scaled extends Course {
  readonly power: number
}
const scaled: Arbitrary<Scaled> = record({ course: courses, power: constantFrom(0, 1, -1, 555, -700, 1021) }).map(
  ({ course, power }) => ({ ...course, power }),
)
const describeScaled = (of: Scaled): string => `2^${of.power} times ${describe(of)}`
const times = ({ power, ...course }: Scaled): Course => ({
  ...course,
  gradients: course.gradients.map(g => g.map(x => x * 2 ** power)),
})

const limit = 0.75
/** How much longer than the limit a clipped gradient is, and how far from a multiple min(1, limit / ‖g‖) of what it was. */
const misclipped = (of: Scaled): number => {
  const parted = of.gradients.map(row => {
    const g = row.slice(0, of.size)
    const scale = 2 ** of.power
    const [clipped] = clipByNorm(limit).step(null, gradientOf(g.map(x => x * scale)), start(of))
    const wanted = g.map(x => x * Math.min(scale, limit / (Math.hypot(...g) || 1)))
    return Math.max(gap(numbersOf(clipped), wanted), Math.hypot(...numbersOf(clipped)) / limit - 1)
  })
  return Math.max(...parted)
}

const bounds: readonly Proposition[] = [
  {
    claim: 'a gradient clipped by its norm keeps its direction and is no longer than the limit, however large or small',
    forAll: scaled,
    residual: misclipped,
    within: 1e-12,
    verdict: 'holds',
    show: describeScaled,
  } satisfies Proposition<Scaled> as unknown as Proposition,
  {
    claim: 'the first update of adam is lr g/(|g| + epsilon), so at most lr, however large or small the gradient',
    forAll: scaled,
    residual: of => {
      const [gradient] = gradientsOf(times(of)) as readonly [Gradient]
      const optimiser = adam({ lr })
      const update = numbersOf(optimiser.step(optimiser.init(gradient), gradient, start(of))[0])
      const excess = update.map(x => Math.abs(x) / lr - 1)
      const wanted = numbersOf(gradient).map(g => (lr * g) / (Math.abs(g) + 1e-8))
      return Math.max(0, ...excess, gap(update, wanted))
    },
    within: 1e-12,
    verdict: 'holds',
    show: describeScaled,
  } satisfies Proposition<Scaled> as unknown as Proposition,
  equation<Scaled>({
    claim: 'adam with a tiny epsilon moves θ alike for gradients of any scale, and so does rmsprop',
    forAll: scaled,
    sides: of => {
      const both = (course: Course): Numbers =>
        ([adam({ lr, epsilon: 1e-300 }), rmsprop({ lr, epsilon: 1e-300 })] as readonly Optimiser[]).flatMap(one =>
          path(one, course),
        )
      return [both(times(of)), both(of)]
    },
    describe: describeScaled,
    within: 1e-12,
    verdict: 'holds',
  }),
]

const refutations: readonly Proposition[] = [
  refuted('L2 regularisation and decoupled decay are the same under adam', of => [
    path(before(0.25, adam({ lr })), of),
    path(after(adam({ lr }), 0.25), of),
  ]),
  refuted('L2 regularisation and decoupled decay are the same under sgd with momentum', of => [
    path(before(0.25, sgd({ lr, momentum: 0.5 })), of),
    path(after(sgd({ lr, momentum: 0.5 }), 0.25), of),
  ]),
  refuted('it makes no difference whether a gradient is clipped before or after momentum', of => [
    path(chain(clipByNorm(lr), sgd({ lr: 1, momentum: 0.5 })), of),
    path(chain(sgd({ lr: 1, momentum: 0.5 }), clipByNorm(lr)), of),
  ]),
  refuted('adam with beta1 = 0 is rmsprop', of => [
    path(adam({ lr, beta1: 0, beta2: 0.75 }), of),
    path(rmsprop({ lr, decay: 0.75 }), of),
  ]),
]

/** What holds of optimisers, and what is commonly said of them and false. */
export const optimisers: readonly Proposition[] = [
  ...composition,
  ...programs,
  ...reductions,
  ...bounds,
  ...refutations,
]
