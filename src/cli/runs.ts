/** `janus runs`: what stands in a folder of runs, one of them in full, or the metrics of all as a table. */
import { existsSync } from 'node:fs'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, NameError } from '../../ad/errors.ts'
import { visible } from '../../ad/visible.ts'
import { yamlOf } from '../experiments/config-file.ts'
import { recordedIn } from '../experiments/files.ts'
import { csvOf, metricTable, parquetOf } from '../experiments/metric-table.ts'
import { type ShadowNotes, shadowNotes } from '../experiments/shadow-notes.ts'
import { runsIn, type StoredRun } from '../experiments/stored.ts'
import { attempt, type Command } from '../failure.ts'
import { writeWhole } from '../training/whole-file.ts'

interface RunsOptions {
  readonly out?: string
  readonly csv?: boolean
  readonly parquet?: string
  readonly json?: boolean
}

const columns = 80

/** Settings in a line but for the updates, no longer than what is left of it. */
const short = (config: StoredRun['config'], most: number): string => {
  const words = Object.entries(config)
    .filter(([name]) => name !== 'steps')
    .map(([name, value]) => `${name}=${String(value)}`)
  const text = visible(words.join(' '), '')
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

const line = ({ id, state, step, steps, held, config }: StoredRun): string => {
  const parts = [
    id.padEnd(12),
    state.padEnd(11),
    `${step}/${steps ?? '?'}`.padEnd(13),
    (held === null ? '-' : held.toPrecision(5)).padStart(9),
  ]
  const head = parts.join(' ')
  return `${head}  ${short(config, columns - head.length - 2)}`
}

const heading = `${'id'.padEnd(12)} ${'state'.padEnd(11)} ${'updates'.padEnd(13)} ${'held out'.padStart(9)}  settings`

/** That there is nothing to list, and why. */
const none = (out: string): string =>
  existsSync(out)
    ? `No runs in the folder '${visible(out, '')}'. janus train writes one; --out names another folder.`
    : `There is no folder '${visible(out, '')}', so no runs yet. janus train writes them there; --out names another.`

const list = (out: string, json: boolean): void => {
  const found = runsIn(out)
  if (json) for (const run of found) console.log(JSON.stringify(run))
  else if (found.length === 0) console.log(none(out))
  else console.log([heading, ...found.map(line)].join('\n'))
}

/** The run whose id begins so. Throws a NameError for none, or for several. */
export const chosen = (out: string, id: string): StoredRun => {
  const all = runsIn(out)
  const found = all.filter(run => run.id.startsWith(id))
  if (found[0] && found.length === 1) return found[0]
  const near = nearest(
    id,
    all.map(run => run.id),
  )
  throw new NameError({
    who: 'runs',
    given: `${found.length === 0 ? 'no run' : `${found.length} runs`} ${id} in '${out}'`,
    wanted: 'the id of one, or how it begins',
    remedy: near === undefined ? '`janus runs` lists them' : `Did you mean \`${near}\`?`,
  })
}

const digits = (x: number | null): number | null => (x === null ? null : Number(x.toPrecision(3)))

/** Shadows as they are shown: three digits, errors by lag in a line. */
const shadowsShown = ({ rules, eigenvalues }: ShadowNotes): object => ({
  ...Object.fromEntries(
    Object.entries(rules).map(([name, { cosine, lags, without }]) => [
      name,
      {
        ...(cosine !== undefined && { cosine: digits(cosine) }),
        ...(lags && { [`error by lag, update ${lags.step}`]: lags.errors.map(x => digits(x) ?? '-').join(' ') }),
        ...(without !== undefined && { 'no triangle': without }),
      },
    ]),
  ),
  ...(eigenvalues && { [`largest |eigenvalue|, update ${eigenvalues.step}`]: digits(eigenvalues.radius) }),
})

const show = (out: string, id: string, json: boolean): void => {
  const run = chosen(out, id)
  const looks = recordedIn(run.folder).metrics.filter(({ held }) => held !== undefined)
  const shadows = shadowNotes(run.folder)
  const { config, ...rest } = run
  if (json) {
    console.log(JSON.stringify({ ...run, looks, ...(shadows && { shadows }) }))
    return
  }
  const lines = {
    looks: looks.map(({ step, held }) => `${step}: ${held}`),
    ...(shadows && { shadows: shadowsShown(shadows) }),
  }
  console.log(yamlOf({ ...rest, config, ...lines }).trimEnd())
}

/** All metrics: printed as CSV, or written as a Parquet file. */
const exported = async ({ out = 'runs', csv = false, parquet }: RunsOptions): Promise<void> => {
  if (csv && parquet !== undefined) throw bothForms(parquet)
  const table = metricTable(runsIn(out))
  if (parquet === undefined) return console.log(process.stdout.isTTY ? visible(csvOf(table)) : csvOf(table))
  writeWhole(parquet, await parquetOf(table))
  console.log(`Written: ${visible(parquet, '')}, ${table.rows} rows`)
}

const bothForms = (file: string): DomainError =>
  new DomainError({
    who: 'runs',
    given: `--csv with --parquet ${file}`,
    wanted: 'one form at a time',
    remedy: 'Leave one of the two out',
  })

const unknown = (words: readonly string[]): never => {
  throw new DomainError({
    who: 'runs',
    given: `janus runs ${words.join(' ')}`,
    wanted: 'nothing, show ID, export --csv, export --parquet FILE, or branch ID --at STEP setting=value',
    remedy: 'Write janus runs show ID',
  })
}

/** `janus runs`, `janus runs show ID`, `janus runs export --csv` or `--parquet FILE`. */
export const runs = (words: readonly string[], options: RunsOptions): Command =>
  pipe(
    attempt(async () => {
      const { out = 'runs', json = false } = options
      const [what, id, ...rest] = words
      if (what === undefined) return list(out, json)
      if (what === 'show' && id !== undefined && rest.length === 0) return show(out, id, json)
      if (what === 'export' && id === undefined) return exported(options)
      return unknown(words)
    }),
    TE.asUnit,
  )
