/**
 * The test files over processes: those that import much the same share one, so that it is read once for all of them, and run there one
 * after another. `npm test` asks for the list; `npx ava dist/test/ad/value.test.js` runs a file by itself.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { built } from './root.ts'

const tests = join(built, 'test')
/** Where the modules are written that import the files of a process. */
const folder = join(built, 'workers')

/** What no other test should run beside: snapshots (kept by file), what is changed for all of a process, and whole storeys. */
const marks = /\.snapshot\(|\bdefineProperty\(WebAssembly|\bdecided\('/

/** Folders of src/ that import much the same, in one process each; what stands nowhere here has one process for all of src/. */
const places = {
  cli: ['cli'],
  runs: ['experiments', 'comparison', 'sweeps'],
  audits: ['audit', 'identify', 'derive', 'refute'],
}

/** Every test file, by its path in the folder of tests. */
export const testFiles = (): readonly string[] =>
  readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .toSorted()

/** Where a file runs: by itself, with those of its folder, or with all that are in none of the folders that have a process. */
const placeOf = (file: string, code: string): string => {
  if (marks.test(code)) return file
  const [first = '', second = ''] = file.split('/')
  if (first !== 'src') return ['ad', 'nets', 'rules', 'proofs'].includes(first) ? first : 'rest'
  const [place = 'others'] = Object.entries(places).find(([, folders]) => folders.includes(second)) ?? []
  return `src-${place}`
}

/** How early a process is begun: whole storeys first, then what else takes long. */
const urgencyOf = (name: string): number => (name.startsWith('proofs/') ? 2 : +/^(src-|nets$)/.test(name))

/** The files of each process by its name, what is likely to take long first: what is known to, then what has much text. */
const shared = (files: readonly string[]): readonly (readonly [name: string, members: readonly string[]])[] => {
  const codes = new Map(files.map(file => [file, readFileSync(join(tests, file), 'utf8')]))
  const found: Record<string, string[]> = {}
  for (const [file, code] of codes) {
    const place = placeOf(file, code)
    found[place] = [...(found[place] ?? []), file]
  }
  const lengthOf = (members: readonly string[]): number =>
    members.reduce((sum, file) => sum + statSync(join(tests, file)).size, 0)
  return Object.entries(found).sort(
    ([a, some], [b, others]) => urgencyOf(b) - urgencyOf(a) || lengthOf(others) - lengthOf(some),
  )
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
