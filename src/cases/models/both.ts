/** A case that is read from both ends, recomputed. */

import type { Engine } from '../../../ad/compiler/engine.ts'
import { concat } from '../../../ad/primitives/layout.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { timestepBy } from '../../../nets/compiled/timesteps.ts'
import { isWholeRun } from '../../../nets/loss.ts'
import { lossNamed } from '../../../nets/named.ts'
import { type BothTheta, bidirectional, gradientBoth, unrollBoth } from '../../../nets/run/bidirectional.ts'
import type { Run } from '../../../nets/run/timestep.ts'
import { bptt } from '../../../rules/bptt.ts'
import { sequenceOf, stepsOf } from '../solve.ts'
import type { Given, Solved } from './model.ts'
import { namedBy, type Places, treeAt } from './places.ts'

/** Runs a case of one cell in both directions. */
export const fromBothEnds =
  (make: () => Cell<Branch, Branch>) =>
  (given: Given, places: Places, engine: Engine): Solved => {
    const cell = make()
    const both = bidirectional(cell, cell, given.sizes, lossNamed(given.loss, given.output), { start: 'learned' })
    const θ = treeAt(places, given.params) as unknown as BothTheta
    const { loss, losses, outputs, ...runs } = unrollBoth(both, { by: timestepBy(engine) })(θ, sequenceOf(given))
    const seenBy = (run: Run, own: Branch) => stepsOf(run).map(({ after, x }) => cell.output(own, after, x))
    const backward = seenBy(runs.backward, θ.backward).toReversed()
    return {
      loss,
      losses: isWholeRun(both.loss) ? null : losses,
      seen: seenBy(runs.forward, θ.forward).map((left, t) => concat([left, backward[t] ?? left])),
      outputs,
      grads: namedBy(places, gradientBoth(bptt)(θ, { ...runs, loss, losses, outputs })),
    }
  }
