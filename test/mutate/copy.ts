/** A copy of the project in which every mutant of ad/, nets/ and rules/ stands behind one switch. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { built, root } from '../root.ts'
import { type Change, mutantsOf } from './mutants.ts'
import { switched } from './switched.ts'

/** A mutant of the project: where it stands in the sources, and its number at the switch. */
export interface Mutant extends Omit<Change, 'start' | 'end'> {
  readonly number: number
  /** The source file, from the root of the project. */
  readonly file: string
  readonly line: number
  /** That line as it is written, without its indentation. */
  readonly source: string
}

/** Where the copy lies; ignored by git. */
export const copy = join(root, '.tmp-mutate')
const folders = ['ad', 'nets', 'rules']

/** Mutant 0 is none. Which are reached is recorded as they are asked for, and written at the end to the file JANUS_HITS, if there is one. */
const switchOf = (count: number): string => `
import { appendFileSync } from 'node:fs'
export const hits = new Uint8Array(${count})
let active = Number(process.env.JANUS_MUTANT ?? 0)
export const choose = number => { active = number }
export const on = number => { hits[number] = 1; return number === active }
const file = process.env.JANUS_HITS
if (file)
  process.on('exit', () => appendFileSync(file, [...hits.keys()].filter(number => hits[number] === 1).join(' ') + ' '))
`

const modules = (): readonly string[] =>
  folders
    .flatMap(folder =>
      readdirSync(join(built, folder), { recursive: true, encoding: 'utf8' }).map(f => `${folder}/${f}`),
    )
    .filter(file => file.endsWith('.js') && !file.endsWith('compiler/binaries.js'))
    .sort()

/** Says where a character of a compiled module comes from. */
const origins = (
  file: string,
  compiled: string,
): ((at: number) => { readonly line: number; readonly source: string }) => {
  const map = new SourceMap(JSON.parse(readFileSync(join(built, `${file}.map`), 'utf8')))
  const lines = readFileSync(join(root, file.replace(/js$/, 'ts')), 'utf8').split('\n')
  return at => {
    const before = compiled.slice(0, at).split('\n')
    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0)
    const line = 'originalLine' in entry ? entry.originalLine : 0
    return { line: line + 1, source: lines[line]?.trim() ?? '' }
  }
}

/** Everything that is not mutated is the project's own. */
const linkRest = (): void => {
  for (const name of readdirSync(root))
    if (!['dist', 'package.json'].includes(name) && !name.startsWith('.'))
      symlinkSync(join(root, name), join(copy, name))
  cpSync(join(root, 'package.json'), join(copy, 'package.json'))
}

/** Writes the copy anew, and tells its mutants. */
export const makeCopy = (): readonly Mutant[] => {
  const keptFiles = Object.keys(surveyed).map(fileOf)
  mkdirSync(copy, { recursive: true })
  for (const name of readdirSync(copy)) if (!keptFiles.includes(name)) rmSync(join(copy, name), { recursive: true })
  cpSync(built, join(copy, 'dist'), { recursive: true })
  linkRest()
  const on = join(copy, 'switch.js')
  const mutants: Mutant[] = []
  for (const file of modules()) {
    const source = readFileSync(join(built, file), 'utf8')
    const changes = mutantsOf(source)
    const first = mutants.length + 1
    writeFileSync(join(copy, 'dist', file), switched(source, changes, first, pathToFileURL(on).href))
    const originOf = origins(file, source)
    changes.forEach(({ start, original, mutated }, i) => {
      mutants.push({ number: first + i, file: file.replace(/js$/, 'ts'), ...originOf(start), original, mutated })
    })
  }
  writeFileSync(on, switchOf(mutants.length + 1))
  return mutants
}

/** What a survey is of: the propositions, or the tests too. */
const surveyed = {
  propositions: [...folders, 'proofs', 'test/mutate'],
  tests: [...folders, 'proofs', ...[...folders, 'proofs', 'mutate'].map(name => `test/${name}`)],
} as const
type Surveyed = keyof typeof surveyed

/** What was compiled of all that a survey depends on, as a short text. */
const fingerprint = (name: Surveyed): string => {
  const hash = createHash('sha256')
  for (const folder of surveyed[name])
    for (const file of readdirSync(join(built, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (file.endsWith('.js')) hash.update(file).update(readFileSync(join(built, folder, file)))
  return hash.digest('hex')
}

const fileOf = (name: string): string => `${name}.json`

/** A survey of the copy without a mutant: that of an earlier run beside the copy as long as all that it depends on is the same. */
export const surveyOnce = async <A>(name: Surveyed, find: () => Promise<A>): Promise<A> => {
  const [file, mark] = [join(copy, fileOf(name)), fingerprint(name)]
  if (existsSync(file)) {
    const { of, value } = JSON.parse(readFileSync(file, 'utf8'))
    if (of === mark) return value
  }
  console.log(`going through the ${name} without a mutant, to see which reach what`)
  const value = await find()
  writeFileSync(file, JSON.stringify({ of: mark, value }))
  return value
}
