/** Steps of learning that move their own parameters: what is held, and what is found not to be finite. */
import test from 'ava'
import { entries } from '../../../ad/distance.ts'
import { NonFiniteError } from '../../../ad/errors.ts'
import { tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { train } from '../../../nets/train/online.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const engines = ['compiled-js', 'compiled-wasm'] as const
const net = network(leaky({ alpha: 0.5 }), { d: 1, n: 1, m: 1 }, halfSquaredError())
const data = Array.from({ length: 5 }, (_, k) => example([Math.sin(k)], [Math.cos(k)]))

/** What a run of training reports as not finite. */
const reported = (
  engine: 'eager' | (typeof engines)[number],
  ...given: Parameters<ReturnType<typeof train>>
): string => {
  const run = train(rtrl, net, { optimiser: sgd({ lr: 1e-3 }), engine })
  try {
    for (const _ of run(...(given as never as Parameters<typeof run>)));
    return 'all is finite'
  } catch (thrown) {
    return thrown instanceof NonFiniteError ? thrown.message : String(thrown)
  }
}

test('a loss, or a parameter, that is one number and not finite is reported where one operation at a time reports it', t => {
  const θ = net.init(1)
  const far = data.map((now, k) => (k === 2 ? example(now.x, tensor([1e200])) : now))
  const huge = { ...θ, readout: { ...θ.readout, W_out: tensor([[1e300]]) } }
  for (const [at, sequence] of [
    [θ, far],
    [huge, data],
  ] as const) {
    const wanted = reported('eager', at as never, sequence as never)
    t.regex(wanted, /step \d/)
    for (const engine of engines) t.is(reported(engine, at as never, sequence as never), wanted)
  }
  for (const engine of engines) t.is(reported(engine, θ as never, data as never), 'all is finite')
})

const wide = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 2 }, halfSquaredError())
const sequence = (k: number) =>
  Array.from({ length: 5 }, (_, t) => example([Math.sin(t * k)], tensor([Math.cos(t + k), k / 9])))
const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) < 1e-12)

type Optimiser = ReturnType<typeof sgd>
type Given = readonly (readonly Example[])[] | readonly Example[]
const later = (given: Given): Given =>
  Array.isArray(given[0]) ? (given as readonly (readonly Example[])[]).map(one => one.slice(2)) : given.slice(2)

/** The numbers of every step of a run, and the state that it is in after two. */
const seen = (run: ReturnType<ReturnType<typeof train>>) => {
  const steps: (readonly number[])[] = []
  let second: unknown
  for (const step of run) {
    steps.push([step.loss, ...entries(step.output), ...entries(step.θ), ...entries(step.gradient ?? tensor([]))])
    if (steps.length === 2) second = step.state()
  }
  return { steps, second }
}

const optimisers = { sgd: sgd({ lr: 0.1 }), adam: adam({ lr: 0.01 }) } as unknown as Record<string, Optimiser>
const givens = { 'a sequence': sequence(1), 'a batch': [1, 2, 3].map(sequence), 'two sequences': [4, 5].map(sequence) }
for (const [name, optimiser] of Object.entries(optimisers))
  for (const [what, given] of Object.entries(givens))
    for (const every of [1, 2])
      test(`learning by ${name} each ${every} of ${what} is that of one operation at a time, gone on with or not`, t => {
        const by = (engine: 'eager' | (typeof engines)[number], at: unknown, data: Given) =>
          seen(train(rtrl, wide, { optimiser, engine, every })(at as never, data as never) as never)
        const start = wide.init(3)
        const wanted = by('eager', start, given).steps
        t.is(wanted.length, 5)
        for (const engine of engines) {
          const { steps, second } = by(engine, start, given)
          const on = by(engine, second, later(given))
          for (const [i, numbers] of [...steps, ...on.steps].entries())
            t.true(near(numbers, wanted[i < 5 ? i : i - 3]!), `${engine} ${i}`)
          t.is(on.steps.length, 3)
        }
      })
