import { basename, join } from 'node:path'
import { stretches } from '../comparison/alignment.ts'
import { packed } from '../comparison/columns.ts'
import { comparisonId, diagnosticsOf, resultsOf } from '../comparison/compare.ts'
import { figuresOf } from '../comparison/figures.ts'
import { jsonOf } from '../comparison/json.ts'
import { grouped, type Planned } from '../comparison/plan.ts'
import { besideOf, columnsOf, namesOf, notesOf, pairColumns, type Results, titleOf } from '../comparison/tables.ts'
import { textOf, wrapped } from '../display/table.ts'
import type { Report } from '../figures/report.ts'
import { kindOf } from '../training/data/index.ts'
import { optimiserLine } from '../training/experiment.ts'
import { machineFor, version } from '../training/machine.ts'
import type { Prepared } from './compare-options.ts'
import type { Endings } from './pooled-runs.ts'
import { networkLine, wordsFor } from './train.ts'

const printed = (results: Results, notes: readonly string[]): string => {
  const tables = packed(namesOf(results), columnsOf(results))
  const pairs = results.against === null ? packed(...pairColumns(results)) : []
  const [first, ...more] = tables
  return [
    titleOf(results),
    '',
    [...(first ? [first] : []), ...packed(...besideOf(results)), ...more, ...pairs].map(textOf).join('\n\n'),
    '',
    ...notes.map(note => wrapped(note, 80, '  ')),
  ].join('\n')
}

/** How it was come by, a line each. */
const protocolOf = ({ plan, workers }: Prepared, notes: readonly string[]): Report['protocol'] => {
  const [{ options, sources }] = plan as readonly [Planned, ...Planned[]]
  const { data } = sources
  const { clip, batch } = options
  const kind = kindOf(data)
  const { node, platform, processor } = machineFor(options)
  const many = batch === 1 ? '' : `, ${batch} sequences side by side`
  return [
    `command: janus ${process.argv.slice(2).join(' ')}`,
    `data: ${basename(data.name)}.${kind.words(data, options).data}`,
    `network: ${networkLine(options)}`,
    `learning: ${optimiserLine(options)}${clip === null ? '' : `, clipped at ${clip}`}; ${options.steps} updates, one every ${options.every} step${options.every === 1 ? '' : 's'} by the mean gradient of their losses${many}`,
    ...grouped(plan).map(
      ([{ group, options: own }]) =>
        `${group}: ${wordsFor(own.choice())}${own.window > own.every ? `; in windows of ${own.window} steps` : ''}`,
    ),
    `seeds: ${[...new Set(plan.map(one => one.options.seed))].join(', ')}; a seed gives every rule the same parameters and data`,
    `runs: ${plan.length} ${workers === 0 ? 'in one process' : `on ${workers} worker processes`}; their files are in the folders ${plan.map(({ id }) => id).join(', ')}`,
    `held out: ${kind.words(data, options).held}`,
    `engine: ${options.engine}, ${options.dtype}`,
    `made with: janusgrad ${version()}, Node ${node}, ${platform}, ${processor}`,
    ...notes.map((note, i) => `note ${i + 1}: ${note}`),
  ]
}

const reportOf = (prepared: Prepared, results: Results, notes: readonly string[]): Omit<Report, 'figures'> => {
  const [first, ...more] = packed(namesOf(results), columnsOf(results))
  const pairs = results.against === null ? packed(...pairColumns(results)) : []
  const [{ sources }] = prepared.plan as readonly [Planned, ...Planned[]]
  const names = results.groups.map(({ name }) => name)
  return {
    title: `${names.join(', ')} on ${basename(sources.data.name)}`,
    protocol: protocolOf(prepared, notes),
    tables: [
      ...(first ? [{ title: titleOf(results), ...first }] : []),
      ...packed(...besideOf(results)),
      ...more,
      ...pairs,
    ],
  }
}

export const finish = async (
  prepared: Prepared,
  endings: Endings,
  setups: Parameters<typeof resultsOf>[2],
): Promise<void> => {
  const { plan, how, control } = prepared
  const results = await resultsOf(plan, endings, setups, {
    against: prepared.against,
    ...(control.pairs && { pairs: true }),
  })
  const notes = [...notesOf(results), ...prepared.notes]
  const folder = join(how.out, comparisonId(plan))
  if (control.json) console.log(JSON.stringify(jsonOf(results, folder)))
  else console.log(printed(results, notes))
  if (control.report === false) return
  const { writeReport } = await import('../figures/write.ts')
  const figures = figuresOf(results, await diagnosticsOf(results, setups), stretches)
  await writeReport(folder, figures, reportOf(prepared, results, notes))
  if (!control.json) console.log(`\nWritten: ${join(folder, 'report.html')}, figures and data beside it`)
}
