/** Whether a rule learns: three small tasks, beside a readout alone and windows of BPTT. Alignment does not tell. */
import { zeroCotangentIn } from '../../ad/linear/space.ts'
import { network } from '../../nets/network.ts'
import { rng, streams } from '../../nets/random.ts'
import { type AnyRule, rule } from '../../nets/run/rule.ts'
import { alignedTo } from '../../nets/run/windows.ts'
import { train } from '../../nets/train/online.ts'
import { adam } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
import { chunked } from '../../rules/tbptt.ts'
import { tasks } from '../training/tasks/index.ts'
import type { Finding, LineId } from './schema.ts'
import type { Subject } from './subject.ts'

const units = 12
const window = 20
const [steps, tail] = [6000, 1500]
const seeds = [1, 2, 3]

/** Nothing but the readout learns. */
const readoutAlone = rule({
  name: 'readout alone',
  faces: 'past',
  init: () => null,
  step: (_, now) => [zeroCotangentIn(now.immediate.from), null],
})

const online = (given: AnyRule): AnyRule<unknown, 'past'> =>
  given.faces === 'future'
    ? chunked({ k: window })(given as AnyRule<unknown, 'future'>)
    : alignedTo(window)(given as AnyRule<unknown, 'past'>)

const chosen = {
  'learning.delayed-xor': tasks['delayed-xor'].on({ delay: 2 }),
  'learning.first-symbol': tasks['first-symbol'].on({ delay: 2 }),
  'learning.add': tasks.add.on(),
} as const

type Task = (typeof chosen)[keyof typeof chosen]

/** The mean loss of the last steps of training. */
const finalLoss = ({ cell }: Subject, by: AnyRule, task: Task, seed: number): number => {
  const net = network(cell.made, { d: units, n: task.n, m: task.m }, task.loss)
  const pass = train(online(by), net, { optimiser: adam({ lr: 0.01 }), every: window, seed })
  const data = function* () {
    let count = 0
    for (const now of task.steps(rng(seed, streams.data))) {
      if (count++ === steps) return
      yield now
    }
  }
  let [sum, seen] = [0, 0]
  for (const { loss } of pass(net.init(seed), data() as never)) {
    if (seen++ >= steps - tail) sum += loss / tail
  }
  return sum
}

const digits = (x: number): number => Number(x.toPrecision(3))

const learned = (subject: Subject, task: Task): Finding => {
  const losses = (by: AnyRule) => seeds.map(seed => finalLoss(subject, by, task, seed))
  const [own, alone, best] = [losses(subject.rule), losses(readoutAlone), losses(bptt)] as const
  const mean = (xs: readonly number[]): number => digits(xs.reduce((sum, x) => sum + x / xs.length, 0))
  const beats = (losses: readonly number[]): boolean => losses.every((x, i) => x < 0.98 * (alone[i] as number))
  const verdict = beats(own) ? 'holds' : beats(best) ? 'refuted' : 'undecided'
  return {
    verdict,
    value: mean(own),
    unit: 'loss',
    reason: `a readout alone ${mean(alone)}, BPTT in windows of ${window} ${mean(best)}; ${steps} steps, ${seeds.length} seeds`,
    rows: seeds.map((seed, i) => ({
      seed,
      rule: digits(own[i] as number),
      readout: digits(alone[i] as number),
      bptt: digits(best[i] as number),
    })),
  }
}

/** The lines of learning. */
export const learning = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> =>
  Object.fromEntries(Object.entries(chosen).map(([id, task]) => [id, () => learned(subject, task)]))
