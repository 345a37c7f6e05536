/**
 * The test files over processes: those that import much the same share one, so that it is read once for all of them, and run there one
 * after another. `npm test` asks for the list; `npx ava dist/test/ad/value.test.js` runs a file by itself.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { built } from './root.ts'

const tests = join(built, 'test')
/** Where the modules are written that import the files of a process. */
const folder = join(built, 'workers')

/** What no other test should run beside: what is changed for all of a process. */
const alone = /\bdefineProperty\(WebAssembly/

/** The folders of src/ that are tested in a process of their own, since all of src/ would be too long a one. */
const runs = ['cli', 'experiments', 'comparison', 'sweeps']

/** What takes long, begun first, the longest before the others. */
const long = ['src', 'src-runs', 'proofs', 'nets']

/** Every test file, by its path in the folder of tests. */
export const testFiles = (): readonly string[] =>
  readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .toSorted()

/** Where a file runs: by itself, or with those that import much the same. */
const placeOf = (file: string, code: string): string => {
  if (alone.test(code)) return file
  const [first = '', second = ''] = file.split('/')
  if (first === 'src') return runs.includes(second) ? 'src-runs' : 'src'
  return ['ad', 'nets', 'rules', 'proofs'].includes(first) ? first : 'rest'
}

/** How late a process is begun. */
const rankOf = (name: string): number => (long.includes(name) ? long.indexOf(name) : long.length)

/** The files of each process by its name, what takes long first. */
const shared = (files: readonly string[]): readonly (readonly [name: string, members: readonly string[]])[] => {
  const found: Record<string, string[]> = {}
  for (const file of files) {
    const place = placeOf(file, readFileSync(join(tests, file), 'utf8'))
    found[place] = [...(found[place] ?? []), file]
  }
  return Object.entries(found).sort(([a], [b]) => rankOf(a) - rankOf(b))
}

/** Writes a module for each process of several files; what ava is to run, a process each, in this order. */
export const modules = (files: readonly string[] = testFiles()): readonly string[] => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  return shared(files).map(([name, members]) => {
    if (members.length === 1) return join(tests, members[0] as string)
    const path = join(folder, `${name}.js`)
    writeFileSync(path, members.map(file => `import '../test/${file}'\n`).join(''))
    return path
  })
}
