/**
 * The test files over workers: small ones share a worker, so that what they import is read once for all of them. `npm test` asks for
 * the list; `npx ava dist/test/ad/value.test.js` runs a file by itself.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { built } from './root.ts'

const tests = join(built, 'test')
/** Where the modules are written that import the files of a worker. */
const folder = join(built, 'workers')

/** What no other test should run beside: what waits, hooks, snapshots (kept by file), what is changed for all of a process; and whole storeys. */
const marks =
  /\basync\b|\.snapshot\(|test\.(before|after|serial)|globalThis|console\.\w+ =|\bdefineProperty\(WebAssembly|\bdecided\(/

/** Whether a file wants a worker of its own. */
export const isAlone = (code: string): boolean => marks.test(code)

/** Every test file, by its path in the folder of tests. */
export const testFiles = (): readonly string[] =>
  readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .toSorted()

/** The files of each worker by its name: one, or those of a folder that may stand beside each other. */
export const shared = (files: readonly string[]): Readonly<Record<string, readonly string[]>> => {
  const found: Record<string, string[]> = {}
  for (const file of files) {
    const [first = ''] = file.split('/')
    const name = isAlone(readFileSync(join(tests, file), 'utf8')) ? file : first
    found[name] = [...(found[name] ?? []), file]
  }
  return found
}

/** Writes a module for each worker of several files; what ava is to run. */
export const modules = (files: readonly string[] = testFiles()): readonly string[] => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  return Object.entries(shared(files)).map(([name, members]) => {
    if (members.length === 1) return join(tests, members[0] as string)
    const path = join(folder, `${name}.js`)
    writeFileSync(path, members.map(file => `import '../test/${file}'\n`).join(''))
    return path
  })
}
