/** The rules a case may name that exist so far, each in a line, by what they need of a model. */

import { clip } from '../ad/elementwise.ts'
import { dense } from '../ad/follow.ts'
import { asCotangent, join, spaceOf, treeOf } from '../ad/space.ts'
import { scalar, type Tensor } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { gradientBy } from '../nets/by.ts'
import { learn } from '../nets/learn.ts'
import { isWholeRun, type PerStep } from '../nets/loss.ts'
import { forwards, type Rule, total } from '../nets/machine.ts'
import { clipByNorm, normOf, sgd } from '../nets/optimise.ts'
import type { Task } from '../nets/task.ts'
import { influence } from '../rules/rtrl.ts'
import { chunked, sliding, spaced } from '../rules/tbptt.ts'
import type { Computed } from './compare.ts'
import { cellOf, type Problem, sequenceOf } from './compute.ts'
import { type Answers, over, type Solved } from './models/model.ts'
import { type Arrays, namedBy } from './models/places.ts'

/** A gradient by the engine; a loss of the whole run is known only when it has ended, so there the finished run is walked. */
const ofCell = <M>(problem: Problem, rule: Rule<M, 'past' | 'any'>): Computed => {
  const { task, engine, places, θ, sequence, run } = problem
  if (isWholeRun(task.loss)) return { grads: cellOf(problem, total(forwards(rule))(run)) }
  const { cell } = treeOf(θ, gradientBy(engine, rule)(task)(θ, sequence).gradient)
  return { grads: namedBy(places, { cell }) }
}

const picked = ({ grads }: Solved, params: readonly string[]): Arrays =>
  Object.fromEntries(Object.entries(grads).filter(([name]) => params.includes(name)))

/** Clipping of the exact gradient, whatever it is of. */
export const clips: Answers<Solved> = {
  clip_global_norm: (solved, { max_norm, params }) => {
    const grads = picked(solved, params)
    const flat = asCotangent(spaceOf(grads), join(Object.values(grads)))
    return { norm: scalar(normOf(flat)), grads: treeOf(grads, clipByNorm(max_norm)(flat)) }
  },
  clip_value: (solved, { limit, params }) => ({
    grads: Object.fromEntries(
      Object.entries(picked(solved, params)).map(([name, g]) => [name, clip(g, -limit, limit) as Tensor]),
    ),
  }),
}

/** Learning while the sequence is seen once, all weights 1, from the given start: nothing is learned of it. */
const online = <M>(problem: Problem, rule: Rule<M, 'past'>, lr: number): Computed | null => {
  const { given, places, task, θ, engine } = problem
  if (isWholeRun(task.loss)) return null
  const net = { ...task, start: θ.start } as Task<Branch, Branch, PerStep>
  const data = sequenceOf(given, () => 1)
  const learning = learn(rule)({ task: net, optimiser: sgd({ lr }), every: 1, engine })
  const lessons = [...learning({ θ: { ...θ, start: {} } }, data)]
  const last = lessons.at(-1)
  if (!last) return null
  const { cell, readout } = last.learner.θ
  return {
    params_final: namedBy(places, { cell, readout }),
    loss_t: over(lessons.map(lesson => lesson.loss)),
    h_T: task.cell.output(last.carry.state) as Tensor,
  }
}

/** Windows on the past of a causal network, and learning as it goes. */
export const truncations: Answers<Problem> = {
  tbptt_sliding: (problem, { k }) => ofCell(problem, sliding(k)),
  tbptt_chunked: (problem, { k }) => ofCell(problem, chunked(k)),
  tbptt_k1k2: (problem, { k1, k2 }) => ofCell(problem, spaced(k1, k2)),
  online_rtrl: (problem, { lr }) => online(problem, influence(dense), lr),
}
