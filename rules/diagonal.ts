import { KindError } from '../ad/errors.ts'
import { type RuleFacts, ruleFor } from './parts/facts.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, sameUnit, sparsity } from './parts/sparsity.ts'
import { influenceRule } from './rtrl.ts'

const facts: RuleFacts<'past'> = {
  name: 'diagonal',
  title: 'Exact RTRL of a diagonal recurrence',
  faces: 'past',
  changes: 'nothing',
  crosses: 'pushes alone',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'exact',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'exact',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {},
  papers: [
    {
      authors: 'Zucchet et al.',
      year: 2023,
      title: 'Online learning of long-range dependencies',
      id: 'arXiv:2305.15947',
    },
    {
      authors: 'Mozer',
      year: 1989,
      title: 'A focused backpropagation algorithm for temporal pattern recognition',
      id: 'Complex Systems 3',
    },
  ],
}

/**
 * RTRL for units that depend on no other unit: in M = J M₋ + B the column of a parameter has only the entries of its own
 * unit, so a step is O(|θ|). Mozer 1989; eLSTM, Irie et al. 2023; LRU, Zucchet et al. 2023. Exact.
 * Throws a KindError for a network whose units depend on each other.
 */
export const diagonal = ruleFor(facts, net => {
  const { recurrent, immediate } = sparsity(net)
  const together = sameUnit(sparsity(net)).columns
  if (!recurrent.columns.every((rows, unit) => rows.every(row => together[unit]?.includes(row))))
    throw new KindError({
      who: 'diagonal',
      given: 'a network whose units depend on each other',
      wanted: 'one whose recurrence stays within a unit, such as lru, rtu, elstm or min-gru',
      remedy: 'To leave out what comes from other units use snap(), --rule snap; to keep it rtrl, --rule rtrl',
    })
  return influenceRule(
    keepPattern({ recurrent, immediate, influence: reachableIn(immediate.rows, recurrent, immediate) }),
    facts,
  )
})
