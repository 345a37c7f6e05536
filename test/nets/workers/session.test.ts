/** Runs told in numbers, command by command: they find what one operation at a time finds, and go on from where another was left. */
import test from 'ava'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { entries } from '../../../ad/distance.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../../nets/network.ts'
import { type AnyRule, type Rule, resolved } from '../../../nets/run/rule.ts'
import { noNoise } from '../../../nets/run/timestep.ts'
import { lossAndGradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { preparedFor } from '../../../nets/train/plans.ts'
import { beginningOf, parametersIn, sharedBuffersOf } from '../../../nets/workers/blocks.ts'
import { sessionOf } from '../../../nets/workers/session.ts'
import { bptt } from '../../../rules/bptt.ts'
import { dniFuture } from '../../../rules/dni.ts'
import { fpbptt } from '../../../rules/fpbptt.ts'
import { hybrid } from '../../../rules/hybrid.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 2 }, halfSquaredError())
const θ = net.init(1)
const [count, steps] = [3, 6]
const sequences: readonly (readonly Example[])[] = Array.from({ length: count }, (_, k) =>
  Array.from({ length: steps }, (_, t) => example([Math.sin(t * (k + 1))], tensor([Math.cos(t + k), k / 9]))),
)
const noise = (length: number) => new Array(length).fill(new Array(count).fill(noNoise))

const opened = (rule: unknown) => {
  const own = resolved(rule as Rule, net as unknown as Network, 0)
  const prepare = preparedFor(engineOf('compiled-js'), net as unknown as Network, own)
  const made = prepare(θ as Theta, sequences[0]![0]!, count, noNoise)
  const pack = (from: number, to: number) => {
    const data = { sequences: sequences.map(one => one.slice(from, to)) }
    return sharedBuffersOf(made).pack(data, noise(to - from), { from: 0, to: count }, to === steps)
  }
  const place = beginningOf(made, θ as Theta)
  return { made, pack, place, size: entries(θ).length, session: () => sessionOf(made, steps + 2) }
}
const numbers = parametersIn(θ as Theta)
const near = (a: Iterable<number>, b: Iterable<number>): boolean => {
  const [one, other] = [[...a], [...b]]
  return one.length === other.length && one.every((x, i) => Math.abs(x - other[i]!) < 1e-11)
}

const rules: Readonly<Record<string, unknown>> = {
  bptt,
  rtrl,
  chunked: chunked({ k: 3 })(bptt),
  fpbptt: fpbptt({ k: 2 }),
  'dni-future': dniFuture({ every: 2, lr: 0.1 }),
  hybrid: hybrid({ every: 1, long: 2, nth: 2, lr: 0.1 }),
}
/** The sums over the sequences, as they are found one operation at a time. */
const wantedOf = (rule: unknown) => {
  const { loss, gradient } = lossAndGradient(rule as never, net, { engine: 'eager' })(θ, sequences)
  return { loss: loss * count, gradient: entries(gradient).map(x => x * count) }
}
const sum = (list: Iterable<number>): number => [...list].reduce((a, b) => a + b, 0)

for (const [name, rule] of Object.entries(rules))
  test(`a run by ${name} told at once gives the losses and the gradient of each sequence added up, again and again`, t => {
    const { pack, place, size, session } = opened(rule)
    const wanted = wantedOf(rule)
    const open = session()
    for (const whole of rule === bptt ? [true, false, true] : [false, false]) {
      const into = new Float64Array(size)
      const { losses, gradient } = open.run(numbers, place, pack(0, steps), whole, into)
      t.is(gradient, into)
      t.is(losses.length, count)
      t.true(near([sum(losses)], [wanted.loss]))
      t.true(near(into, wanted.gradient))
    }
  })

test('a run is followed, and gone back over with a factor for each sequence', t => {
  const { pack, place, size, session } = opened(bptt)
  const open = session()
  const losses = open.follow(numbers, place, pack(0, steps))
  t.true(near([sum(losses)], [wantedOf(bptt).loss]))
  t.true(near(open.back([], new Float64Array(size)), wantedOf(bptt).gradient))
})

for (const name of ['rtrl', 'fpbptt', 'dni-future'] as const)
  test(`steps by ${name} are seen one by one, with other parameters where there are some, and gone on with by another run`, t => {
    const rule = rules[name] as AnyRule<unknown, 'past'>
    const { pack, place, session, made } = opened(rule)
    const run = train(rule, net as never, { optimiser: sgd({ lr: 0.1 }), every: 2, engine: 'eager' })
    const wanted = [...run(θ as never, sequences as never)] as unknown as readonly {
      readonly loss: number
      readonly output: Tensor
      readonly θ: Theta
      readonly gradient: Theta | null
    }[]
    let open = session()
    open.begin(numbers, place)
    let [at, before] = [null as Theta | null, [] as readonly (readonly number[])[]]
    for (const [t0, like] of wanted.entries()) {
      const seen = open.step(at && parametersIn(at), pack(t0, t0 + 1))
      t.true(near([sum(seen.losses) / count], [like.loss]))
      t.true(near(seen.output, like.output.data))
      t.deepEqual(
        seen.state.map(({ length }) => length),
        [3 * count],
      )
      if (t0 > 0)
        t.deepEqual(
          open.before().map(one => [...one]),
          before,
        )
      before = seen.state.map(one => [...one])
      at = like.gradient && like.θ
      if (like.gradient)
        t.true(
          near(
            open.gradient(),
            entries(like.gradient).map(x => 2 * count * x),
          ),
        )
      if (t0 === 3) {
        const { place: left, sincePass } = open.save()
        t.deepEqual([left.steps, sincePass, left.influence === null], [4, name === 'rtrl' ? 4 : 0, name !== 'fpbptt'])
        t.true(left.gradient?.every(x => x === 0))
        t.deepEqual(
          left.state?.map(one => [...one]),
          before,
        )
        open = session()
        open.begin(parametersIn(like.θ), structuredClone(left))
        at = null
      }
    }
    const bytes = made.staged.ports.memory.reduce((all, port) => all + made.frames(2).row(port, 0).byteLength, 0)
    if (name === 'rtrl') t.is(open.bytes(), bytes)
    else t.true(open.bytes() > bytes)
  })
