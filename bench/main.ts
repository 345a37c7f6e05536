/** The bench: `node dist/bench/main.js [work…] [options]` after a build. What it measures and how: bench/README.md. */

import { writeFileSync } from 'node:fs'
import { growth, growthLines } from './growth.ts'
import { type Measured, measured } from './measure.ts'
import { casesOf, type Options, optionsOf, usage } from './options.ts'
import { firstLine } from './packages.ts'
import { heading, pageOf, rowsOf, targetLines } from './report.ts'
import { scaling } from './scaling.ts'

/** Says a line on stderr, once. */
const sayer = (): ((line: string) => void) => {
  const printed = new Set<string>()
  return line => {
    if (!printed.has(line)) console.error(line)
    printed.add(line)
    if (line.startsWith('error')) process.exitCode = 1
  }
}

const measureAll = async (options: Options): Promise<readonly Measured[]> => {
  const [say, cases] = [sayer(), casesOf(options)]
  const all: Measured[] = []
  if (!options.json && cases.length > 0) console.log(heading)
  for (const { problem, engines } of cases) {
    const records = await measured(problem, engines, options.rounds, say)
    const lines = options.json ? records.map(record => JSON.stringify(record)) : rowsOf(records)
    for (const line of lines) console.log(line)
    all.push(...records)
  }
  if (!options.json) for (const line of targetLines(all)) console.log(line)
  return all
}

const main = async (args: readonly string[]): Promise<void> => {
  const options = optionsOf(args)
  const { works, json, write } = options
  if (works.includes('scaling')) scaling(json)
  const records = await measureAll(options)
  const grown = works.length === 0 || works.includes('growth') ? growth() : []
  for (const line of growthLines(grown, json)) console.log(line)
  const command = ['npm run bench --', ...args].join(' ')
  if (write !== undefined) writeFileSync(write, pageOf(records, grown, command))
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`${firstLine(error)}\n${usage}`)
  process.exitCode = 2
})
