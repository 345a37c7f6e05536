/** Runs and gradients by an engine: one way to ask, whoever does the work. */
import { vjp } from '../ad/calculus.ts'
import { type EngineLike, engineOf } from '../ad/compiler/engine.ts'
import { DomainError } from '../ad/errors.ts'
import { type Cotangent, plus, times } from '../ad/space.ts'
import { scalar } from '../ad/tensor.ts'
import { item, type Value } from '../ad/value.ts'
import { type Compilable, type CompiledSession, compiledSession, type Prepared, prepared } from './compiled/session.ts'
import { checkFinite } from './finite.ts'
import { isWholeRun } from './loss.ts'
import { backwards, type Facing, forwards, gradient, type Rule } from './machine.ts'
import { silent } from './moment.ts'
import { checkDatum, lossOf, requirePerStep, unroll } from './run.ts'
import { eagerSession, type Session } from './session.ts'
import { type Datum, type Task, type Theta, whole } from './task.ts'
import { type Windows, windowsOf } from './windowed.ts'

/** One sequence, or several of equal length: the gradient of a batch is the mean of theirs. */
export type Sequences = readonly Datum[] | readonly (readonly Datum[])[]

/** Data as a list of sequences; `batch` is null for one alone. Throws a DomainError where their lengths differ. */
export const sequencesOf = (
  data: Sequences,
): { readonly sequences: readonly (readonly Datum[])[]; readonly batch: number | null } => {
  if (!Array.isArray(data[0])) return { sequences: [data as readonly Datum[]], batch: null }
  const sequences = data as readonly (readonly Datum[])[]
  const lengths = new Set(sequences.map(one => one.length))
  if (lengths.size === 1) return { sequences, batch: sequences.length }
  throw new DomainError({
    who: 'batch',
    given: `sequences of ${[...lengths].join(', ')} steps`,
    wanted: 'sequences of one length',
    remedy: 'Cut them to one length, or give the shorter ones steps of weight 0',
  })
}

/** A whole run as one window: what a future-facing rule needs. */
const entire: Windows = { every: Number.POSITIVE_INFINITY, reach: Number.POSITIVE_INFINITY }

/** Plans by batch size, made when they are first needed. */
const preparing = <M>(like: EngineLike, task: Task, rule: Rule<M, Facing>, windows: Windows | null) => {
  const engine = engineOf(like)
  const made = new Map<number | null, Prepared<M>>()
  return (θ: Theta, datum: Datum, batch: number | null, length: number, noise: Value): CompiledSession<M> => {
    const what: Compilable<M> = { task, rule, windows, batch }
    const known = made.get(batch) ?? prepared(engine, what, θ, datum, noise)
    made.set(batch, known)
    return compiledSession(what, known, length)
  }
}

/** Sessions of a past-facing rule by an engine. The first one compiles. */
export const sessionsBy = <M>(
  like: EngineLike,
  task: Task,
  rule: Rule<M, 'past' | 'any'>,
): ((θ: Theta, datum: Datum, batch: number | null, length: number, noise: Value) => Session<M>) => {
  if (engineOf(like).name === 'eager') return (_θ, _datum, batch) => eagerSession(task, rule, batch)
  const looking = windowsOf(rule)
  const prepare = looking
    ? preparing(like, task, looking.inner as Rule<M, Facing>, looking.windows)
    : preparing(like, task, rule, null)
  return prepare
}

/** The loss of a run, or the mean loss of several, with its gradient. */
export interface Graded {
  readonly loss: Value
  readonly gradient: Cotangent<Theta>
}

const mean = <A>(list: readonly Cotangent<A>[]): Cotangent<A> =>
  times(
    1 / list.length,
    list.reduce((a, b) => plus(a, b)),
  )

const eagerly = <M>(rule: Rule<M, Facing>, task: Task, θ: Theta, sequences: readonly (readonly Datum[])[]): Graded => {
  const method = rule.facing === 'future' ? backwards(rule as Rule<M, 'future'>) : forwards(rule as Rule<M, 'past'>)
  const runs = sequences.map(sequence => [sequence, unroll(task)(θ, sequence)] as const)
  const losses = runs.map(([sequence, run]) => item(lossOf(task, sequence, run)))
  return {
    loss: scalar(losses.reduce((a, b) => a + b, 0) / losses.length),
    gradient: mean(runs.map(([, run]) => gradient(method)(run))),
  }
}

/** d loss / d sum of each sequence's loss of the whole run, and the loss itself. */
const finished = (task: Task, sequence: readonly Datum[], total: number): readonly [loss: number, factor: number] => {
  const [loss, pullback] = vjp((sum: Value) => whole(task, sequence, [sum]), scalar(total))
  const factor = pullback(scalar(1))[0] as Value
  checkFinite('gradientBy', sequence.length, { 'derivative of the loss of the whole run': factor })
  return [item(loss), item(factor)]
}

const follow = <M>(
  session: CompiledSession<M>,
  task: Task,
  θ: Theta,
  sequences: readonly (readonly Datum[])[],
): Graded => {
  const steps = sequences[0]?.length ?? 0
  const totals = sequences.map(() => 0)
  const noise = sequences.map(() => silent)
  session.begin(θ)
  for (let t = 0; t < steps; t++) {
    const data = sequences.map(sequence => sequence[t] as Datum)
    for (const datum of data) checkDatum(task, datum, t + 1)
    const { losses } = session.see(data, noise, t === steps - 1)
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (losses[i] as number)
  }
  const whole = isWholeRun(task.loss)
  const ends = sequences.map((sequence, i) =>
    whole ? finished(task, sequence, totals[i] as number) : [totals[i] as number, 1],
  )
  if (whole) session.finish(ends.map(([, factor]) => factor as number))
  const loss = ends.reduce((sum, [one]) => sum + (one as number), 0) / ends.length
  return { loss: scalar(loss), gradient: session.take() }
}

/**
 * The loss of a run and its gradient ∂L/∂θ by a rule, worked out by an engine; of several runs, their means. Made once for
 * a task, it traces at its first call and runs the same plan from then on. Throws a KindError for a past-facing rule and a
 * loss of the whole run, a DomainError for sequences of different lengths.
 */
export const gradientBy =
  <M>(engine: EngineLike, rule: Rule<M, Facing>) =>
  (task: Task): ((θ: Theta, data: Sequences) => Graded) => {
    const looking = windowsOf(rule)
    const inner = (looking ? looking.inner : rule) as Rule<M, Facing>
    const windows = looking ? looking.windows : rule.facing === 'future' ? entire : null
    const eager = engineOf(engine).name === 'eager'
    const prepare = eager ? null : preparing(engine, task, inner, windows)
    return (θ, data) => {
      const { sequences, batch } = sequencesOf(data)
      const first = sequences[0]?.[0]
      if (!prepare || !first) return eagerly(rule, task, θ, sequences)
      if (!windows || looking) requirePerStep('gradientBy', task)
      const steps = sequences[0]?.length ?? 0
      return follow(prepare(θ, first, batch, steps, silent), task, θ, sequences)
    }
  }
