/** Data as the verbs take them: one sequence, or several of one length side by side. */
import { DomainError, KindError } from '../../ad/errors.ts'
import type { Example, Network } from '../network.ts'
import { checkDatum } from '../run/unroll.ts'

/** One sequence, or several of equal length: the gradient of a batch is the mean of theirs. */
export type Sequences = readonly Example[] | readonly (readonly Example[])[]

/** Sequences of one length; `batch` is null for one alone. */
export interface Batch {
  readonly sequences: readonly (readonly Example[])[]
  readonly batch: number | null
  /** The length of each. */
  readonly steps: number
}

/** Data as a list of sequences that fit a network. Throws a DomainError where their lengths differ, a ShapeError where an example does not fit. */
export const batchOf = (who: string, net: Pick<Network, 'sizes'>, data: Sequences): Batch => {
  if (!Array.isArray(data))
    throw new KindError({
      who,
      given: typeof data === 'object' ? 'an object that is no list' : String(data),
      wanted: 'a list of examples, or of sequences of them',
      remedy: 'sequence(inputs, targets) makes one; spread what is not a list: [...data]',
    })
  const many = Array.isArray(data[0])
  const sequences = (many ? data : [data]) as readonly (readonly Example[])[]
  const lengths = new Set(sequences.map(one => one.length))
  if (lengths.size > 1)
    throw new DomainError({
      who: 'batch',
      given: `sequences of ${[...lengths].join(', ')} steps`,
      wanted: 'sequences of one length',
      remedy: 'Cut them to one length, or give the shorter ones steps of weight 0',
    })
  for (const sequence of sequences)
    sequence.forEach((example, t) => {
      checkDatum(net, example, t + 1)
    })
  return { sequences, batch: many ? sequences.length : null, steps: sequences[0]?.length ?? 0 }
}

/** The examples of one step, a sequence each. */
export const stepOf = ({ sequences }: Batch, t: number): readonly Example[] =>
  sequences.map(sequence => sequence[t] as Example)
