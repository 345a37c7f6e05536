/** Which runs of a plan are meant: by a flag, else by the index of a scheduler, else all of them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import { type Checked, type Given, reader, wholeUpTo } from '../options.ts'
import { numbersIn } from './array.ts'
import { type Environment, indexIn } from './scheduler.ts'

/** As the command line has it. */
export interface Asked {
  readonly index?: string
  readonly indexBase?: Given
  readonly shard?: string
  readonly id?: string
}

/** Positions, and by what they were chosen. */
export interface Selection {
  readonly positions: readonly number[]
  readonly by: string
}

const { refuse } = reader('run')

/** What the first index is called, 0 or 1, as a command is told it. */
export const baseOf = (given: Given | undefined, who = 'run'): Checked<number> =>
  given === undefined ? E.right(0) : reader(who).number('indexBase', given, wholeUpTo(0, 1, 1))

/** Indices that count from a base, as positions of a plan of so many runs. */
const placed = (indices: readonly number[], by: string, base: number, count: number): Checked<Selection> => {
  const positions = indices.map(index => index - base)
  const outside = positions.find(position => position < 0 || position >= count)
  if (outside === undefined) return E.right({ positions, by })
  const wanted = `an index from ${base} to ${count - 1 + base}, since the plan has ${count} run${count === 1 ? '' : 's'}`
  const remedy = base === 0 && outside === count ? 'Add --index-base 1 where the array begins at 1' : 'See janus plan'
  const at = positions.length === 1 ? '' : `, where ${outside + base}`
  return refuse(`${by}${at}`, wanted, remedy)
}

/** --shard i/n: the positions ≡ i (mod n), some runs of every part of the plan. */
const sharded = (text: string, count: number): Checked<Selection> => {
  const [, i = '', n = ''] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []
  if (n === '' || Number(i) >= Number(n))
    return refuse(`--shard ${text}`, 'i/n with i from 0 to n - 1', 'Try --shard 0/4')
  const all = Array.from({ length: count }, (_, position) => position)
  return E.right({ positions: all.filter(position => position % Number(n) === Number(i)), by: `--shard ${text}` })
}

const unnamed = (word: string, found: number, ids: readonly string[]): NameError => {
  const near = nearest(word, ids)
  return new NameError({
    who: 'run',
    given: `--id ${word}, which is how ${found === 0 ? 'no id' : `${found} ids`} of the plan begin${found === 0 ? 's' : ''}`,
    wanted: 'the id of one run, or how it begins',
    remedy: near === undefined ? '`janus plan` lists them' : `Did you mean \`${near}\`?`,
  })
}

/** --id 3f2a,07c: runs by their ids, or by how those begin. */
const named = (text: string, ids: readonly string[]): Checked<Selection> =>
  pipe(
    text.split(',').map(word => word.trim()),
    E.traverseArray((word): Checked<number> => {
      const found = ids.flatMap((id, position) => (word !== '' && id.startsWith(word) ? [position] : []))
      return found[0] !== undefined && found.length === 1
        ? E.right(found[0])
        : E.left([unnamed(word, found.length, ids)])
    }),
    E.map(positions => ({ positions: [...new Set(positions)].toSorted((a, b) => a - b), by: `--id ${text}` })),
  )

/**
 * The runs that are meant of those with these ids. A flag goes before the environment; `--index` and the environment count from
 * `--index-base`. Left: two flags, an index outside of the plan, or one that the environment has in two ways.
 */
export const selectionOf = (
  ids: readonly string[],
  { index, indexBase, shard, id }: Asked,
  environment: Environment,
): Checked<Selection> => {
  const given = Object.entries({ index, shard, id }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const flags = given.map(([name, value]) => `--${name} ${value}`)
    return refuse(flags.join(' and '), 'one of them', 'Leave the others out')
  }
  if (shard !== undefined) return sharded(shard, ids.length)
  if (id !== undefined) return named(id, ids)
  return E.Monad.chain(baseOf(indexBase), base => {
    if (index !== undefined)
      return E.Monad.chain(numbersIn('--index', index), found => placed(found, `--index ${index}`, base, ids.length))
    return E.Monad.chain(indexIn(environment), found =>
      found === null
        ? E.right({ positions: ids.map((_, position) => position), by: '' })
        : placed([found.index], found.by, base, ids.length),
    )
  })
}
