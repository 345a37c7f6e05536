import test from 'ava'
import { DomainError, KindError, NameError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { applyUpdate, type Cotangent, negativeGradient, toValue } from '../../../ad/linear/space.ts'
import { scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import type { Theta } from '../../../nets/network.ts'
import { chain } from '../../../nets/train/chain.ts'
import { clipByNorm, clipByValue, normOf, normOfTree } from '../../../nets/train/clipping.ts'
import { entrywiseOf } from '../../../nets/train/entrywise.ts'
import { type Optimiser, updated } from '../../../nets/train/optimiser.ts'
import {
  type AdamMemory,
  adam,
  adamw,
  rmsprop,
  type SgdMemory,
  sgd,
  weightDecay,
} from '../../../nets/train/optimisers.ts'
import * as schedule from '../../../nets/train/schedules.ts'

type Numbers = readonly number[]
const vector = (numbers: Numbers) => tensor(numbers) as unknown as Cotangent<Theta>
const list = (gradient: Cotangent<Theta>): number[] => [...(toValue(gradient) as Tensor).data]
const tree = (numbers: Numbers) => ({ cell: { w: tensor(numbers) }, start: {}, readout: {} }) as unknown as Theta
const leaf = (θ: Theta): number[] => [...((θ.cell as { readonly w: Tensor }).w as Tensor).data]
const none = tree([])
const close = (a: Numbers, b: Numbers, within = 1e-12): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) <= within * Math.max(1, Math.abs(b[i]!)))

/** Updates of an optimiser, and what it remembers last. */
const updates = <M>(optimiser: Optimiser<M>, gradients: readonly Numbers[], θ = none): readonly [Numbers[], M] => {
  let memory = optimiser.init(vector(gradients[0]!))
  const all = gradients.map(g => {
    const [update, next] = optimiser.step(memory, vector(g), θ)
    memory = next
    return list(update)
  })
  return [all, memory]
}

const gradients = [
  [1, -0.5, 0.25],
  [0.5, 2, -1],
  [-4, 0.125, 0],
  [1.5, -1, 8],
]
const lr = 0.1

/** θ after four updates by optax 0.2.8 on jax 0.10.2 in float64, from [0.5, -1.25, 2]; rmsprop with eps_in_sqrt=False. */
const optax: readonly (readonly [string, Optimiser, Numbers])[] = [
  ['sgd', sgd({ lr }), [0.6, -1.3125, 1.275]],
  ['sgd with momentum', sgd({ lr, momentum: 0.9 }), [0.6306, -1.5438, 1.385025]],
  ['adam', adam({ lr }), [0.3616471305268191, -1.262316393130961, 1.946085517861012]],
  [
    'adam with a cosine schedule',
    adam({ lr: schedule.cosine(lr, 0, 5), beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }),
    [0.3523872077636346, -1.2370813950224973, 1.9630041441515738],
  ],
  ['adamw', adamw({ lr, decay: 0.03 }), [0.35700340945733156, -1.2478047461833779, 1.9226256568038678]],
  ['rmsprop', rmsprop({ lr, decay: 0.8 }), [0.30065218320520337, -1.1435844232319134, 1.772169081692548]],
  [
    'rmsprop with momentum',
    rmsprop({ lr, decay: 0.8, momentum: 0.5 }),
    [0.1321438169090577, -1.1191984532146113, 1.7401765652668808],
  ],
  [
    'sgd with momentum, clipped by the norm',
    chain(clipByNorm(1.5), sgd({ lr, momentum: 0.5 })),
    [0.45267103669440856, -1.3741152812072883, 1.92135880976997],
  ],
  [
    'adam, clipped by value',
    chain(clipByValue(0.75), adam({ lr })),
    [0.24330763828062335, -1.1830622709900318, 1.9702921635278394],
  ],
  [
    'adam with L2 regularisation',
    chain(weightDecay({ decay: 0.03 }), adam({ lr })),
    [0.3605427631985431, -1.2548592777797092, 1.9302277083250712],
  ],
] as const

for (const [what, optimiser, wanted] of optax)
  test(`${what} arrives where optax does`, t => {
    let θ = tree([0.5, -1.25, 2])
    let memory = optimiser.init(vector(gradients[0]!))
    for (const g of gradients) {
      const [update, next] = optimiser.step(memory, vector(g), θ)
      memory = next
      θ = applyUpdate<Theta>(θ, negativeGradient(update))
    }
    t.true(close(leaf(θ), wanted), `${leaf(θ)}`)
  })

test('an update has the sign of the gradient: θ is moved against it', t => {
  for (const one of [sgd({ lr }), sgd({ lr, momentum: 0.5 }), adam({ lr }), rmsprop({ lr })] as Optimiser[])
    t.deepEqual(updates(one, [[3, -2, 0]])[0][0]!.map(Math.sign), [1, -1, 0])
})

test('a chain remembers what its parts do, in order and typed, and changes no memory in place', t => {
  const clipped = chain(clipByNorm(1), adam({ lr }), chain(sgd({ lr: 1, momentum: 0.5 })))
  const first: readonly [null, AdamMemory, readonly [SgdMemory]] = clipped.init(vector([1, 2]))
  const [once, second] = clipped.step(first, vector([3, 4]), none)
  t.is(first[1].count, 0)
  t.deepEqual(list(first[1].mean), [0, 0])
  t.is(second[1].count, 1)
  t.deepEqual(list(clipped.step(first, vector([3, 4]), none)[0]), list(once))
  t.deepEqual(chain().step([], vector([3, 4]), none)[0], vector([3, 4]))
})

/** Every optimiser that is also given as a program. */
const programs: readonly Optimiser[] = [
  sgd({ lr }),
  sgd({ lr: count => 0.1 / (count + 1), momentum: 0.9 }),
  adam({ lr: count => 0.1 * count, beta1: 0.75, beta2: 0.875 }),
  adamw({ lr, decay: 0.5 }),
  rmsprop({ lr, decay: 0.75 }),
  rmsprop({ lr, momentum: 0.5 }),
  weightDecay({ decay: 0.5, lr }),
  chain(sgd({ lr, momentum: 0.5 }), adam({ lr }), weightDecay({ decay: 1 })),
  chain(),
] as Optimiser[]

test('the program of an optimiser, of as many numbers and vectors as it says, is its step, whatever the size of a gradient', t => {
  const [course, θ] = [
    [
      [0, 0, 1e-200, 1e200, 3, 1e-140],
      [0, 1, -1e-180, -1, 0, 2e-140],
      [0, -2, 0, 1e180, -0.5, 1e-300],
    ],
    [1, -2, 3, 0, 5, 6],
  ] as const
  for (const optimiser of programs) {
    const program = entrywiseOf(optimiser)
    if (!program) return t.fail()
    let memory = optimiser.init(vector(course[0]))
    for (const g of course) {
      const [numbers, held] = [program.numbersOf(memory), program.heldIn(memory)]
      t.deepEqual([numbers.length, held.length], [program.numbers, program.held], program.program)
      const [moves, vectors] = program.step(
        numbers.map(scalar),
        held as unknown as readonly Tensor[],
        tensor(g),
        tensor(θ),
      )
      const [update, next] = optimiser.step(memory, vector(g), tree(θ))
      t.deepEqual([...(moves as Tensor).data], list(update), program.program)
      t.deepEqual(program.holding(program.counted(memory), vectors as never), next, program.program)
      memory = next
    }
  }
  t.is(entrywiseOf(chain(sgd({ lr }), clipByNorm(1))), null)
})

test('an entry that has had no gradient yet is moved by its first as at the first update, but for the count', t => {
  const [moves, { root }] = updates(adam({ lr, beta1: 0.5, beta2: 0.75, epsilon: 1 }), [[0], [4]])
  t.deepEqual(moves[0], [0])
  t.true(close(moves[1]!, [(lr * (2 / 0.75)) / (2 / Math.sqrt(0.4375) + 1)]))
  t.deepEqual(list(root), [2])
  t.is(updates(sgd({ lr }), [[1]])[1].velocity, null)
})

test('the first part of a chain alone is given the error and the trace of a rule', t => {
  const given: unknown[] = []
  const spy: Optimiser<null> = {
    init: () => null,
    step: (_, gradient, __, apart) => {
      given.push(apart)
      return [gradient, null]
    },
  }
  const apart = { delta: scalar(1), trace: vector([1]) }
  chain(spy, spy, spy).step([null, null, null], vector([1]), none, apart)
  t.deepEqual(given, [apart, undefined, undefined])
})

test('a schedule is asked for the step size of each update, counted from 0', t => {
  const counts: number[] = []
  const lr = (count: number): number => {
    counts.push(count)
    return count
  }
  for (const one of [sgd({ lr }), adam({ lr }), rmsprop({ lr }), weightDecay({ decay: 1, lr })] as Optimiser[])
    updates(one, [[1], [1], [1]], tree([1]))
  t.deepEqual(counts, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
  t.deepEqual(updates(sgd({ lr }), [[1], [1], [1]])[0].flat(), [0, 1, 2])
  t.deepEqual(updates(weightDecay({ decay: 0.5, lr }), [[1], [1], [1]], tree([4]))[0].flat(), [1, 3, 5])
})

test('weight decay is on θ as it is at the update', t => {
  const decay = weightDecay({ decay: 0.5 })
  t.deepEqual(list(decay.step(0, vector([1, 1]), tree([2, -4]))[0]), [2, -1])
  t.deepEqual(updates(adamw({ lr, decay: 0.5 }), [[0]], tree([2]))[0], [[lr * 0.5 * 2]])
})

test('a norm neither overflows nor underflows', t => {
  t.is(normOf(vector([3, 4])), 5)
  t.is(normOf(vector([])), 0)
  t.is(normOf(vector([0, 0])), 0)
  for (const scale of [1e167, 1e300, 1e-167, 1e-300])
    t.true(Math.abs(normOf(vector([3 * scale, -4 * scale])) / (5 * scale) - 1) < 1e-15)
  t.is(normOfTree(tree([3, 4])), 5)
})

test('clipping by the norm gives the limit in the same direction, even where the norm is no number', t => {
  for (const scale of [1, 1e167, 1e-1, 4e307])
    t.true(close(list(clipByNorm(0.25).step(null, vector([3 * scale, -4 * scale]), none)[0]), [0.15, -0.2]))
  t.true(close(list(clipByNorm(4.5).step(null, vector([3, -4]), none)[0]), [2.7, -3.6]))
  const largest = Number.MAX_VALUE
  t.true(close(list(clipByNorm(1).step(null, vector([largest, -largest]), none)[0]), [Math.SQRT1_2, -Math.SQRT1_2]))
  t.is(normOf(vector([largest, -largest])), Number.POSITIVE_INFINITY)
})

test('what is within the limit passes as it is', t => {
  const g = vector([3, -4])
  for (const limit of [5, 6, Number.POSITIVE_INFINITY]) t.is(clipByNorm(limit).step(null, g, none)[0], g)
  t.deepEqual(list(clipByNorm(1).step(null, vector([0, 0]), none)[0]), [0, 0])
  t.deepEqual(list(clipByValue(3.5).step(null, g, none)[0]), [3, -3.5])
  t.deepEqual(list(clipByValue(4).step(null, g, none)[0]), [3, -4])
})

test('clipping reports a gradient that is not finite in place of hiding it', t => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    for (const [who, one] of Object.entries({ clipByNorm: clipByNorm(1), clipByValue: clipByValue(1) }))
      for (const g of [
        [1, bad],
        [bad, 1],
      ])
        t.throws(() => one.step(null, vector(g), none), {
          instanceOf: NonFiniteError,
          message: new RegExp(`^${who}: a gradient with (NaN|Infinity) in it`),
        })
})

test('a gradient of 1e200 does not stop adam or rmsprop for ever: the root of the mean square stays finite, and fades', t => {
  const course = [[1e200], ...Array.from({ length: 12_000 }, () => [1])]
  const [moves, memory] = updates(adam({ lr, beta2: 0.9 }), course)
  t.true(Number.isFinite(list(memory.root)[0]))
  t.true(close(moves[0]!, [lr]))
  t.true(moves[5000]![0]! < 1e-20 && Math.abs(moves.at(-1)![0]! - lr) < 1e-6)
  const [steps, { root }] = updates(rmsprop({ lr }), course)
  t.true(Number.isFinite(list(root)[0]) && Math.abs(steps.at(-1)![0]! - lr) < 1e-6)
})

test('the root of the mean square is that of the squares, where these can be formed', t => {
  const beta = 0.7
  const course = [[1e-3], [2], [0], [-5e4], [0.1]]
  const mean = course.reduce((v, [g]) => beta * v + (1 - beta) * g! ** 2, 0)
  t.true(Math.abs(list(updates(rmsprop({ lr, decay: beta }), course)[1].root)[0]! / Math.sqrt(mean) - 1) < 1e-14)
})

test('adam stays still where there never was a gradient', t => {
  t.deepEqual(updates(adam({ lr }), [[0], [0]])[0], [[0], [0]])
  t.deepEqual(updates(rmsprop({ lr }), [[0], [0]])[0], [[0], [0]])
})

const anything = (x: unknown): never => x as never
type Kind = typeof DomainError | typeof KindError | typeof NameError | typeof ShapeError
const two = vector([1, 2])
const refused: Readonly<Record<string, readonly [make: () => unknown, kind: Kind, message: RegExp]>> = {
  'sgd without options': [() => sgd(anything(undefined)), KindError, /sgd: .*undefined.*lr, momentum/],
  'a number for options': [() => adam(anything(0.1)), KindError, /adam: .*0\.1/],
  'no step size': [() => adam(anything({})), DomainError, /lr = undefined/],
  'a text for a step size': [() => sgd({ lr: anything('0.1') }), DomainError, /lr = '0.1'/],
  'a negative step size': [() => sgd({ lr: -0.1 }), DomainError, /lr = -0.1/],
  'an endless step size': [() => rmsprop({ lr: Number.POSITIVE_INFINITY }), DomainError, /rmsprop: lr = Infinity/],
  'a schedule that goes below 0': [() => updates(sgd({ lr: () => -1 }), [[1]]), DomainError, /sgd: lr\(0\) = -1/],
  'a schedule that gives no number': [
    () => updates(adamw({ lr: () => Number.NaN }), [[1]]),
    DomainError,
    /adamw: lr\(0\)/,
  ],
  'a momentum of 1': [() => sgd({ lr, momentum: 1 }), DomainError, /momentum = 1/],
  'a momentum below 0': [() => rmsprop({ lr, momentum: -0.5 }), DomainError, /rmsprop: momentum/],
  'a beta1 of 1': [() => adam({ lr, beta1: 1 }), DomainError, /beta1 = 1/],
  'a beta2 that is no number': [() => adamw({ lr, beta2: Number.NaN }), DomainError, /adamw: beta2 = NaN/],
  'an epsilon below 0': [() => adam({ lr, epsilon: -1 }), DomainError, /epsilon = -1/],
  'an epsilon of 0': [() => rmsprop({ lr, epsilon: 0 }), DomainError, /rmsprop: epsilon = 0/],
  'a smoothing of 1': [() => rmsprop({ lr, decay: 1 }), DomainError, /rmsprop: decay = 1/],
  'a decay below 0': [() => adamw({ lr, decay: -0.1 }), DomainError, /adamw: decay/],
  'no decay': [() => weightDecay(anything({ lr })), DomainError, /weightDecay: decay = undefined/],
  'a limit of 0': [() => clipByNorm(0), DomainError, /clipByNorm: limit = 0/],
  'no limit': [
    () => clipByValue(anything(undefined)),
    DomainError,
    /clipByValue: limit = undefined; wanted limit above 0. clipByValue\(1\)/,
  ],
  beta_1: [() => adam(anything({ lr, beta_1: 0.9 })), NameError, /beta_1.*Did you mean beta1\?/],
  'b2 of optax': [() => adam(anything({ lr, b2: 0.9 })), NameError, /b2.*Did you mean beta2\?/],
  eps: [() => rmsprop(anything({ lr, eps: 1e-6 })), NameError, /eps.*Did you mean epsilon\?/],
  learning_rate: [() => sgd(anything({ learning_rate: 1 })), NameError, /learning_rate.*Did you mean lr\?/],
  'weight_decay of adamw': [() => adamw(anything({ lr, weight_decay: 1 })), NameError, /Did you mean decay\?/],
  'weight_decay of adam': [() => adam(anything({ lr, weight_decay: 1 })), NameError, /weightDecay\(\{ decay, lr \}\)/],
  'weight_decay of rmsprop': [() => rmsprop(anything({ lr, weight_decay: 1 })), NameError, /weightDecay\(/],
  'alpha of rmsprop': [() => rmsprop(anything({ lr, alpha: 0.9 })), NameError, /alpha.*Did you mean decay\?/],
  'an unknown option': [() => sgd(anything({ lr, nesterov: true })), NameError, /nesterov.*lr, momentum/],
  'a part of a chain that was not called': [
    () => chain(anything(clipByNorm), sgd({ lr })),
    KindError,
    /the function clipByNorm in place 1; wanted an optimiser, called/,
  ],
  'a part of a chain that is none': [() => chain(sgd({ lr }), anything(null)), KindError, /null in place 2/],
  'a memory of another network': [
    () => adam({ lr }).step(adam({ lr }).init(vector([1])), two, none),
    ShapeError,
    /^adam: a memory of 1 numbers and a gradient of 2/,
  ],
  'a memory of descent without momentum': [
    () => sgd({ lr, momentum: 0.5 }).step(sgd({ lr }).init(two), two, none),
    KindError,
    /^sgd: a memory without a velocity/,
  ],
  'a step that gives a gradient alone': [() => updated(anything([two])), KindError, /a step that returns a list of 1/],
  'a step that gives a text': [() => updated(anything('ab')), KindError, /a step that returns 'ab'/],
  'a tree in place of a gradient': [
    () => sgd({ lr }).step(sgd({ lr }).init(two), anything({ w: [1] }), none),
    KindError,
    /an object of [^;]* in place of a gradient/,
  ],
  'a learning rule in a chain': [
    () => chain(anything({ faces: 'past', init: () => null, step: () => null })),
    KindError,
    /chain: a learning rule as the optimiser/,
  ],
  'a θ of another network': [
    () => weightDecay({ decay: 1 }).step(0, two, tree([1])),
    ShapeError,
    /^weightDecay: a θ of 1 numbers and a gradient of 2/,
  ],
  'stairs without options': [() => schedule.step(1, anything(undefined)), KindError, /schedule.step/],
  'stairs of half a step': [() => schedule.step(1, { every: 0.5, factor: 0.5 }), DomainError, /every = 0.5/],
  'a cosine over nothing': [() => schedule.cosine(1, 0, 0), DomainError, /steps = 0/],
  'a negative constant': [() => schedule.constant(-1), DomainError, /schedule.constant: lr = -1/],
  'a warm-up to no schedule': [() => schedule.warmUp(3, anything('x')), DomainError, /'x'/],
  'an inverse root without a step size': [
    () => schedule.inverseSquareRoot(anything(undefined)),
    DomainError,
    /undefined/,
  ],
}

for (const [what, [make, instanceOf, message]] of Object.entries(refused))
  test(`${what} is refused, saying who, what was given, what was wanted and what to do`, t => {
    const error = t.throws(make, { instanceOf, message })
    for (const part of [error?.who, error?.given, error?.wanted, error?.remedy]) t.truthy(part)
  })

const first = (rate: schedule.Schedule, length: number): number[] => Array.from({ length }, (_, count) => rate(count))

test('schedules are what they say at every count', t => {
  t.deepEqual(first(schedule.constant(0.5), 3), [0.5, 0.5, 0.5])
  t.true(close(first(schedule.cosine(2, 1, 4), 6), [2, 1.5 + Math.SQRT1_2 / 2, 1.5, 1.5 - Math.SQRT1_2 / 2, 1, 1]))
  t.deepEqual(first(schedule.step(1, { every: 2, factor: 0.5 }), 5), [1, 1, 0.5, 0.5, 0.25])
  t.deepEqual(first(schedule.warmUp(4, 2), 6), [0.5, 1, 1.5, 2, 2, 2])
  t.true(
    close(
      first(schedule.inverseSquareRoot(6), 9),
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map(n => 6 / Math.sqrt(n)),
    ),
  )
  t.true(
    close(
      first(schedule.inverseSquareRoot(6, 4), 16),
      [1, 2, 3, 4, ...Array(12).fill(0)].map((n, i) => (n ? 1.5 * n : 12 / Math.sqrt(i + 1))),
    ),
  )
})

test('a warm-up reaches the first step size of a schedule at its last update, and goes on with it', t => {
  const stairs = schedule.step(8, { every: 1, factor: 0.5 })
  t.deepEqual(first(schedule.warmUp(4, stairs), 7), [2, 4, 6, 8, 4, 2, 1])
  t.deepEqual(first(schedule.warmUp(1, stairs), 5), first(stairs, 5))
})
