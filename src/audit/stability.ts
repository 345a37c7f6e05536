/** How what a rule carries grows: on a network that forgets, and on one whose states diverge. */
import { mul } from '../../ad/primitives/elementwise.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { isReadable } from '../../ad/value.ts'
import { valuesIn } from '../../nets/compiled/trace.ts'
import { scan } from '../../nets/run/scan.ts'
import { isRecurrent, withCell } from '../../proofs/arbitraries/problems.ts'
import type { Finding } from './schema.ts'
import { type Numbers, runOf, type Subject } from './subject.ts'
import { typical } from './typical.ts'

const steps = 120
/** Matrices between units times this: a network that forgets, and one that is chaotic where its activation allows. */
const gains = [0.5, 3] as const
/** Growth of a random walk is below this by so many steps, and no exponential is: a factor of 2 in a quarter of the run. */
const slow = Math.log(2) / (steps / 4)
/** A memory this many times as large as after a few steps has exploded. */
const exploded = 1e6

const size = (memory: unknown): number =>
  Math.hypot(
    ...valuesIn(memory)
      .filter(isReadable)
      .map(x => Math.hypot(...((x as Tensor).data as Float64Array))),
  )

/** The size of the memory after each step. */
const sizes = (subject: Subject, gain: number): Numbers => {
  const others = { d: Math.max(2, Math.min(subject.sizes.d, 8)), n: 1, m: 1, T: steps }
  const problem = typical(subject, subject.seed, others)
  const scaled = withCell(problem, `gain ${gain}`, leaf => (isRecurrent(problem, leaf) ? mul(leaf, gain) : leaf))
  return [...scan(subject.rule, { seed: subject.seed })(runOf(scaled).run)].map(([, memory]) => size(memory))
}

/** The rate of growth a step over the later half, by the largest size in each quarter. */
const growth = (found: Numbers): number => {
  const quarter = Math.floor(found.length / 4)
  const [third, fourth] = [found.slice(-2 * quarter, -quarter), found.slice(-quarter)].map(part => Math.max(...part))
  return Math.log((fourth as number) / (third as number)) / quarter
}

const startOf = (found: Numbers): number => Math.max(...found.slice(0, 10), Number.MIN_VALUE)

/** The line of stability: the growth on both networks, and the step at which it explodes. */
export const stability = (subject: Subject): Finding => {
  const rows = gains.map(gain => {
    const found = sizes(subject, gain)
    const at = found.findIndex(x => !(x <= exploded * startOf(found)))
    const rate = growth(found)
    return {
      gain,
      'growth a step': Number.isFinite(rate) ? Number(rate.toFixed(4)) : null,
      explodes: at < 0 ? null : at,
    }
  })
  const [calm, wild] = rows as [(typeof rows)[number], (typeof rows)[number]]
  const rate = calm['growth a step']
  const worse = wild.explodes === null ? `${wild['growth a step'] ?? 0} a step` : `explodes at step ${wild.explodes}`
  const bounded = calm.explodes === null && (rate === null || rate < slow)
  return {
    verdict: bounded ? 'holds' : 'refuted',
    value: rate ?? 0,
    unit: 'a step is the rate at which it grows (natural logarithm)',
    reason: `over ${steps} steps; with recurrent matrices times ${gains[1]}: ${worse}`,
    rows,
  }
}
