/** What a foreign gradient is, as lines of 80 columns. */
import { hanging } from '../wrap.ts'
import type { BlockFinding, Identity, Reading } from './index.ts'
import type { OverTime } from './steps.ts'

const few = 4

/** A reading as a clause after 'the gradient'. */
const clause = ({ says, match }: Reading): string => {
  const parts = [...says, ...(match.words ? [match.words] : [])]
  return parts.length === 0 ? 'the gradient' : `the gradient ${parts.join(', and ')}`
}

const clauses = (readings: readonly Reading[]): string => {
  const all = [...new Set(readings.map(clause))]
  const rest = all.length > few ? `; and ${all.length - few} other readings that fit as well` : ''
  return `${all.slice(0, few).join('; or ')}${rest}`
}

const percent = (x: number): string => `${Number((100 * x).toPrecision(3))} %`

const nearestOf = ({ nearest }: BlockFinding): string => {
  if (!nearest) return ''
  const { match } = nearest
  const factor =
    match.words === null && typeof match.factor === 'number'
      ? `, times ${Number(match.factor.toPrecision(6))}, which is no factor that is known`
      : ''
  return `; nearest is ${clause({ ...nearest, match: { ...match, words: match.words ?? '' } })}${factor}, off by ${percent(match.gap)}`
}

const words: Readonly<Record<BlockFinding['verdict'], (block: BlockFinding) => string>> = {
  same: () => 'the gradient, bit for bit',
  rounding: ({ readings }) => `the gradient, within rounding (${(readings[0]?.match.gap ?? 0).toExponential(0)})`,
  variant: ({ readings }) => clauses(readings),
  unknown: block => `none of what was tried${nearestOf(block)}`,
  undecided: ({ readings }) =>
    `${clauses(readings)}, if ${(readings[0]?.match.gap ?? 0).toExponential(0)} is rounding: the file does not say its dtype`,
  silent: () => 'says nothing: 0, as the gradient is',
  absent: () => 'not in the file',
}

const overTime = (what: string, found: OverTime | 'unknown' | null): readonly string[] => {
  if (found === null) return []
  const ids = found !== 'unknown' && found.ids.length > 0 ? `, of the variant ${found.ids.join(' + ')}` : ''
  return ['', hanging('', found === 'unknown' ? `${what}: none of what was tried.` : `${what}: ${found.says}${ids}.`)]
}

const alike = ({ alike: ids, whole }: Identity): readonly string[] =>
  ids.length > 0 && whole?.some(one => one.changes === 0)
    ? [
        '',
        hanging(
          '',
          `On this case the following equal the gradient too, so that it cannot tell them apart: ${ids.join('; ')}.`,
        ),
      ]
    : []

/** What a foreign gradient is, in a sentence. */
export const headline = ({ id, source, whole, blocks }: Identity): string => {
  const what = source ?? id
  if (blocks.length === 0) return `${what}: only steps or traces are given.`
  if (whole) return `${what} is ${clauses(whole)}.`
  const unknown = blocks.filter(({ verdict }) => verdict === 'unknown').length
  return unknown > 0
    ? `${what}: no single reading explains all blocks, and ${unknown} of them none at all.`
    : `${what}: each block has a reading, but no single one explains all.`
}

/** The page of an identity. */
export const pageOf = (found: Identity): string => {
  const wide = Math.max(0, ...found.blocks.map(({ name }) => name.length))
  return [
    hanging('', headline(found)),
    '',
    ...found.blocks.map(block => hanging(`  ${block.name.padEnd(wide)}  `, words[block.verdict](block))),
    ...overTime('Step by step', found.perStep),
    ...overTime('Its traces', found.traces),
    ...alike(found),
    ...(found.missing.length > 0 ? ['', 'What the file lacks:', ...found.missing.map(one => hanging('  ', one))] : []),
    '',
    `${found.tried} candidates were tried.`,
  ].join('\n')
}
