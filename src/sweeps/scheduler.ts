/** The environment by which schedulers tell a task its index in the array. */
import * as E from 'fp-ts/lib/Either.js'
import { type Checked, reader } from '../options.ts'

/** The variable of an index, of which scheduler, and what stands in it for a job that is no array, besides nothing. */
interface Variable {
  readonly name: string
  readonly scheduler: string
  readonly outside?: string
}

/** Every variable that is looked at. Each names a position of the plan, never a shard of it. */
export const variables: readonly Variable[] = [
  { name: 'SLURM_ARRAY_TASK_ID', scheduler: 'Slurm' },
  { name: 'JOB_COMPLETION_INDEX', scheduler: 'Kubernetes' },
  { name: 'AWS_BATCH_JOB_ARRAY_INDEX', scheduler: 'AWS Batch' },
  { name: 'PBS_ARRAY_INDEX', scheduler: 'PBS' },
  { name: 'SGE_TASK_ID', scheduler: 'Grid Engine', outside: 'undefined' },
  { name: 'LSB_JOBINDEX', scheduler: 'LSF', outside: '0' },
]

export type Environment = Readonly<Record<string, string | undefined>>

/** An index, and the words that set it: SLURM_ARRAY_TASK_ID=3. */
export interface Found {
  readonly index: number
  readonly by: string
}

const { refuse } = reader('run')

/** The index that the environment has, null for none. Left: two that are not the same, or one that is no whole number. */
export const indexIn = (environment: Environment): Checked<Found | null> => {
  const found = variables.flatMap(({ name, outside }) => {
    const value = environment[name]?.trim() ?? ''
    return value === '' || value === outside ? [] : [{ by: `${name}=${value}`, value }]
  })
  const wrong = found.find(({ value }) => !/^\d{1,15}$/.test(value))
  if (wrong) return refuse(wrong.by, 'a whole number of at least 0', 'Unset it, or name the position with --index')
  const indices = new Set(found.map(({ value }) => Number(value)))
  const said = found.map(({ by }) => by)
  if (indices.size > 1)
    return refuse(said.join(' and '), 'one index', 'Unset what is not meant, or name the position with --index')
  const [index] = indices
  return E.right(index === undefined ? null : { index, by: said.join(' and ') })
}
