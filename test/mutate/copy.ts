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

/**
 * Mutant 0 is none; threads that begin later take the one that is on from the environment. Which are reached is recorded as they are
 * asked for, and written to the file JANUS_HITS, if there is one: at the end of the process, and at once by another thread, which may
 * be terminated before its end.
 */
const switchOf = (count: number): string => `
import { appendFileSync } from 'node:fs'
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
export const hits = new Uint8Array(${count})
let active = Number(process.env.JANUS_MUTANT ?? 0)
export const choose = number => { active = number; process.env.JANUS_MUTANT = String(number) }
const file = process.env.JANUS_HITS
const write = numbers => appendFileSync(file, numbers.join(' ') + ' ')
export const on = number => {
  if (file && !isMainThread && hits[number] === 0) write([number])
  hits[number] = 1
  return number === active
}
if (file && isMainThread) process.on('exit', () => write([...hits.keys()].filter(number => hits[number] === 1)))
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
  mkdirSync(copy, { recursive: true })
  for (const name of readdirSync(copy)) if (!surveys.includes(name)) rmSync(join(copy, name), { recursive: true })
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

/** The surveys that are kept from run to run, with what each was of. */
const surveys = ['propositions.json', 'tests.json']

/** The compiled code of some files, as a short text. */
const fingerprint = (files: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(built, file)))
  return hash.digest('hex')
}

/** The compiled files of some folders, without their tests. */
const withoutTests = (...of: readonly string[]): readonly string[] =>
  of
    .flatMap(folder =>
      readdirSync(join(built, folder), { recursive: true, encoding: 'utf8' }).map(f => `${folder}/${f}`),
    )
    .filter(file => file.endsWith('.js') && !file.endsWith('.test.js'))
    .sort()

const proposed = [...folders, 'proofs', 'test/mutate']
const tested = [...proposed, ...folders.map(folder => `test/${folder}`), 'test/proofs']

/** What a survey of a name found earlier, by its fingerprint. */
const kept = (file: string): Readonly<Record<string, unknown>> => {
  const path = join(copy, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** The propositions of the copy without a mutant; from an earlier run as long as all that they depend on is the same. */
export const surveyOnce = async <A>(find: () => Promise<A>): Promise<A> => {
  const mark = fingerprint(withoutTests(...proposed))
  const { [mark]: earlier } = kept('propositions.json')
  if (earlier) return earlier as A
  console.log('going through the propositions without a mutant, to see which reach what')
  const value = await find()
  writeFileSync(join(copy, 'propositions.json'), JSON.stringify({ [mark]: value }))
  return value
}

/** The test files of the copy without a mutant; only what has changed since an earlier run is run again. */
export const surveyEach = async <A>(
  files: readonly string[],
  jobs: number,
  find: (file: string) => Promise<A>,
): Promise<readonly A[]> => {
  const [rest, earlier] = [fingerprint(withoutTests(...tested)), kept('tests.json')]
  const marks = new Map(files.map(file => [file, `${rest} ${fingerprint([`test/${file}`])}`]))
  const known = [...marks.values()].filter(mark => mark in earlier)
  const found = Object.fromEntries(known.map(mark => [mark, earlier[mark] as A]))
  const missing = files.filter(file => !((marks.get(file) as string) in earlier))
  if (missing.length > 0)
    console.log(`going through ${missing.length} files of tests without a mutant, to see which reach what`)
  const waiting = missing.values()
  const work = async (): Promise<void> => {
    for (const file of waiting) found[marks.get(file) as string] = await find(file)
  }
  await Promise.all(Array.from({ length: jobs }, work))
  writeFileSync(join(copy, 'tests.json'), JSON.stringify(found))
  return Object.values(found)
}
