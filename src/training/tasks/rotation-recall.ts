/** Rotation recall: as rotation memory, but only the last steps of a trial count. Sketched RTRL 2026. */
import { DomainError } from '../../../ad/errors.ts'
import { whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { rotating, rotationOptions } from './rotation-memory.ts'
import { task } from './task.ts'

const options = { ...rotationOptions, recall: whole(8, 'steps at the end of a trial that count', 1, 100_000) }

export const rotationRecall = task(
  {
    name: 'rotation-recall',
    asks: 'A direction v of d numbers at the first of length steps; target R^t v at the last recall steps t.',
    options,
    defaults: sketchedDefaults,
    papers: [sketchedRtrl],
  },
  ({ d, recall, ...trial }) => {
    if (recall > trial.length)
      throw new DomainError({
        who: 'rotation-recall',
        given: `recall = ${recall}, length = ${trial.length}`,
        wanted: 'recall at most length',
        remedy: 'The protocol has 8 and 64, or 8 and 24',
      })
    return rotating(d, trial, recall)
  },
)
