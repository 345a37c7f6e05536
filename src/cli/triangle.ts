/** `janus triangle`: every pair of loss time and parameter time, of a small network or of a model. */
import { paragraph } from '../display/chart.ts'
import { drawn, pictured, portrait, triangleOf, triangleOfRun } from '../display/triangle.ts'
import { attempt, type Command } from '../failure.ts'
import { orThrow, ranges, reader, wholeUpTo } from '../options.ts'
import { modelRun } from '../training/model-run.ts'

/** Triangle options as the command line gives them. */
export interface TriangleOptions {
  readonly seed?: string | number
  readonly steps?: string | number
  readonly json?: boolean
  /** A model in place of a small random network. */
  readonly from?: string
  /** What the model runs on; made up where nothing is named. */
  readonly data?: string
  readonly task?: string
  readonly column?: string
  readonly target?: string
}

const { number, only } = reader('triangle')

/** Reads the options. Throws a DomainError for steps outside 1 … 12, more than fits a page, or a seed that is not a whole number. */
export const readOptions = ({
  seed = 1,
  steps = 6,
  from,
  ...rest
}: TriangleOptions): { seed: number; steps: number } => {
  for (const name of ['data', 'task', 'column', 'target'] as const)
    orThrow(only(name, rest[name], from !== undefined, '--from'))
  return {
    seed: orThrow(number('seed', seed, ranges.seed)),
    steps: orThrow(number('steps', steps, wholeUpTo(1, 12, 6))),
  }
}

/** The triangle of a model's run, and what it is of. */
const ofModel = async (from: string, options: Parameters<typeof modelRun>[2]) => {
  const { what, run } = await modelRun('triangle', from, options)
  return { what, triangle: triangleOfRun(run) }
}

/** Prints the triangle of a small random network or of a model, or with `json` its numbers on one line. */
export const triangle = (options: TriangleOptions): Command =>
  attempt(async () => {
    const { json, from, data, task, column, target } = options
    const asked = readOptions(options)
    const model = from === undefined ? undefined : await ofModel(from, { ...asked, data, task, column, target })
    const found = model?.triangle ?? triangleOf(asked.seed, asked.steps)
    if (json) console.log(JSON.stringify({ ...(from && { from }), ...asked, ...pictured(found) }))
    else
      console.log(
        model
          ? portrait(found, paragraph('network', `${model.what}.`), "the cell's parameters")
          : drawn(asked.seed, found),
      )
  })
