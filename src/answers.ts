/** The rules a case may name that exist so far, each in a line. */

import { clip } from '../ad/elementwise.ts'
import { dense } from '../ad/follow.ts'
import { stack } from '../ad/layout.ts'
import { asCotangent, join, spaceOf, treeOf } from '../ad/space.ts'
import { scalar, type Tensor } from '../ad/tensor.ts'
import { gradientBy } from '../nets/by.ts'
import type { LeakyParams, LeakyState } from '../nets/leaky.ts'
import { learn } from '../nets/learn.ts'
import { isWholeRun, type PerStep } from '../nets/loss.ts'
import { forwards, type Rule, total } from '../nets/machine.ts'
import { clipByNorm, normOf, sgd } from '../nets/optimise.ts'
import type { Task } from '../nets/task.ts'
import { influence } from '../rules/rtrl.ts'
import { chunked, sliding, spaced } from '../rules/tbptt.ts'
import { type Computed, cellOf, named, type Problem, sequenceOf } from './compute.ts'
import type { Args, RuleName } from './forms.ts'

/** From a problem and a rule's arguments to what the rule finds; null where it does not apply. */
type Answer<R extends RuleName> = (problem: Problem, args: Args<R>) => Computed | null

/** A gradient by the engine; a loss of the whole run is known only when it has ended, so there the finished run is walked. */
const ofCell = <M>(problem: Problem, rule: Rule<M, 'past' | 'any'>): Computed => {
  const { task, engine, θ, sequence, run } = problem
  if (isWholeRun(task.loss)) return { grads: cellOf(problem, total(forwards(rule))(run)) }
  return { grads: named({ cell: treeOf(θ, gradientBy(engine, rule)(task)(θ, sequence).gradient).cell }) }
}

type Arrays = Readonly<Record<string, Tensor>>

const picked = ({ grads }: Problem, params: readonly string[]): Arrays =>
  Object.fromEntries(Object.entries(grads).filter(([name]) => params.includes(name)))

const clippedByNorm: Answer<'clip_global_norm'> = (problem, { max_norm, params }) => {
  const grads = picked(problem, params)
  const flat = asCotangent(spaceOf(grads), join(Object.values(grads)))
  return { norm: scalar(normOf(flat)), grads: treeOf(grads, clipByNorm(max_norm)(flat)) }
}

const clippedByValue: Answer<'clip_value'> = (problem, { limit, params }) => ({
  grads: Object.fromEntries(
    Object.entries(picked(problem, params)).map(([name, g]) => [name, clip(g, -limit, limit) as Tensor]),
  ),
})

/** Learning while the sequence is seen once, all weights 1, from the given start: nothing is learned of it. */
const online = <M>({ given, task, θ, engine }: Problem, rule: Rule<M, 'past'>, lr: number): Computed | null => {
  if (isWholeRun(task.loss)) return null
  const net = { ...task, start: θ.start } as Task<LeakyParams, LeakyState, PerStep>
  const learning = learn(rule)({ task: net, optimiser: sgd({ lr }), every: 1, engine })
  const lessons = [
    ...learning(
      { θ: { ...θ, start: {} } },
      sequenceOf(given, () => 1),
    ),
  ]
  const last = lessons.at(-1)
  if (!last) return null
  const { cell, readout } = last.learner.θ
  return {
    params_final: named({ cell, readout }),
    loss_t: stack(lessons.map(lesson => lesson.loss)) as Tensor,
    h_T: (last.carry.state as LeakyState).h as Tensor,
  }
}

const answersOf: { readonly [R in RuleName]?: Answer<R> } = {
  tbptt_sliding: (problem, { k }) => ofCell(problem, sliding(k)),
  tbptt_chunked: (problem, { k }) => ofCell(problem, chunked(k)),
  tbptt_k1k2: (problem, { k1, k2 }) => ofCell(problem, spaced(k1, k2)),
  clip_global_norm: clippedByNorm,
  clip_value: clippedByValue,
  online_rtrl: (problem, { lr }) => online(problem, influence(dense), lr),
}

/** Where a file asks for the gradient of a parameter that its rule leaves alone, it is the exact one. */
const completed = (problem: Problem, found: Computed, asked: readonly string[]): Computed => {
  const left = asked.filter(name => !Object.hasOwn(found.grads ?? {}, name))
  return left.length === 0 ? found : { ...found, grads: { ...picked(problem, left), ...(found.grads as Arrays) } }
}

/**
 * What a rule finds with arguments that its form has read, `asked` naming the gradients that the file expects; null
 * where the rule is not there or does not apply.
 */
export const answered = (
  problem: Problem,
  rule: RuleName,
  args: unknown,
  asked: readonly string[],
): Computed | null => {
  const answer = answersOf[rule] as ((problem: Problem, args: unknown) => Computed | null) | undefined
  const found = answer ? answer(problem, args) : null
  return found && completed(problem, found, asked)
}
