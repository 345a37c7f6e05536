/** What reproductions came to: ours beside theirs, as text, as a page and for a machine. */
import { figureText } from '../comparison/tables.ts'
import { textOf, wrapped } from '../display/table.ts'
import type { Figure, Outcome, Reproduction } from './reproduction.ts'
import { countOf, minutesLeft, runsOf, type Stands } from './stand.ts'

/** A figure of ours beside the published one. */
export interface Row extends Outcome, Omit<Figure, 'found'> {}

/** A reproduction and its figures; null where runs of it are left to be made. */
export interface Reported {
  readonly stands: Stands
  readonly rows: readonly Row[] | null
}

/** The figures of a reproduction whose runs are all over. */
export const rowsOf = async (out: string, stands: Stands): Promise<readonly Row[]> => {
  const runs = runsOf(out, stands)
  const rows: Row[] = []
  for (const { found, ...figure } of stands.reproduction.figures) rows.push({ ...figure, ...(await found(runs)) })
  return rows
}

/** Minutes, or hours where they are many. */
export const timeText = (minutes: number): string =>
  minutes < 90 ? `${figureText(minutes, 2)} min` : `${figureText(minutes / 60, 2)} h`

const head = ['figure', 'theirs', 'held to', 'ours', 'match'] as const
const cellsOf = ({ of, theirs, held, ours, matches }: Row): readonly string[] => [
  of,
  theirs,
  held,
  ours,
  matches ? 'yes' : 'NO',
]

const sourceOf = ({ paper: { authors, year, title, id } }: Reproduction): string =>
  `${authors} ${year}, ${title} (${id})`

const costOf = ({ minutes, estimated }: Reproduction): string =>
  `${timeText(minutes)} of CPU, ${estimated ? 'extrapolated from a part of it' : 'measured'}`

/** What is left to be run. */
const leftOf = (stands: Stands): string => {
  const { over, runs } = countOf(stands)
  const runsLeft = runs === 0 ? '' : `, ${over} of ${runs} runs done`
  return `not run: ${timeText(minutesLeft(stands))} of CPU${runsLeft}`
}

const headingOf = ({ name, title }: Reproduction): string => `${name}: ${title}`

const textFor = ({ stands, rows }: Reported): string => {
  const { reproduction } = stands
  const opening = [headingOf(reproduction), wrapped(sourceOf(reproduction), 80, '  ')].join('\n')
  return `${opening}\n\n${rows ? textOf({ head, rows: rows.map(cellsOf) }) : leftOf(stands)}`
}

/** How many figures match, and which do not. */
export const verdictOf = (all: readonly Reported[]): string => {
  const rows = all.flatMap(({ stands, rows: own }) =>
    (own ?? []).map(row => ({ ...row, name: stands.reproduction.name })),
  )
  const others = rows.filter(({ matches }) => !matches)
  const left = all.filter(one => one.rows === null).map(({ stands }) => stands.reproduction.name)
  return [
    `${rows.length - others.length} of ${rows.length} figures match.`,
    ...(others.length > 0 ? [`Not: ${others.map(({ name, of }) => `${name} (${of})`).join(', ')}.`] : []),
    ...(left.length > 0 ? [`Not run: ${left.join(', ')}.`] : []),
  ].join(' ')
}

/** All of them for a terminal. */
export const reportText = (all: readonly Reported[]): string =>
  [...all.map(textFor), wrapped(verdictOf(all))].join('\n\n')

/** A table of a page, columns as wide as their widest cell. */
const markdown = (rows: readonly Row[]): string => {
  const cells = [head, ...rows.map(cellsOf)].map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, i) => Math.max(...cells.map(row => [...(row[i] ?? '')].length)))
  const lines = cells.toSpliced(
    1,
    0,
    widths.map(width => '-'.repeat(width)),
  )
  const padded = (cell: string, i: number): string => cell + ' '.repeat((widths[i] ?? 0) - [...cell].length)
  return lines.map(row => `| ${row.map(padded).join(' | ')} |`).join('\n')
}

const sectionOf = ({ stands, rows }: Reported): string => {
  const { reproduction } = stands
  const { name, title, protocol } = reproduction
  return [
    `## ${title}`,
    `\`janus reproduce ${name}\` · ${sourceOf(reproduction)} · ${costOf(reproduction)}`,
    protocol,
    rows ? markdown(rows) : `${leftOf(stands)}.`,
  ].join('\n\n')
}

const opening = `# Reproductions: other people's figures, ours beside theirs

This page is written by \`janus reproduce --write docs/reproductions.md\`; nothing of it is written by hand. A figure matches where ours
is what it is held to: a range, the same order, a proposition decided again.

\`\`\`sh
janus reproduce                  # those that 15 minutes of CPU are enough for; the others are listed with what they take
janus reproduce add              # one of them, however long
janus reproduce --budget 2h      # as far as that goes
janus reproduce --full           # all
\`\`\`

Runs are those of a sweep ([sweeps.md](sweeps.md)), in the folder \`runs\` or that of \`--out\`: what is finished is not run again, what was stopped
goes on. The exit code is 1 where a figure that was found does not match, 75 or 130 where it was stopped. \`--json\` prints an object a
reproduction.`

/** All of them as a page. */
export const pageOf = (all: readonly Reported[]): string =>
  `${[opening, verdictOf(all), ...all.map(sectionOf)].join('\n\n')}\n`

/** One of them for a machine. */
export const objectOf = ({ stands, rows }: Reported): object => {
  const { name, title, paper, minutes, estimated } = stands.reproduction
  return { name, title, paper, minutes, estimated: estimated === true, ...countOf(stands), rows }
}
