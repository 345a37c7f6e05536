/** Counts lines that are code, folder by folder: neither blank nor comment. `npm run size`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname

const sources = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name))

const linesOf = (file: string): number =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter(line => !/^\s*($|\/\/|\/\*|\*)/.test(line)).length

const total = (files: readonly string[]): number => files.reduce((sum, file) => sum + linesOf(file), 0)
const print = (name: string, files: readonly string[]): void =>
  console.log(`${name.padEnd(24)}${String(total(files)).padStart(6)} lines ${String(files.length).padStart(4)} files`)

const folders = ['ad', 'nets', 'rules', 'proofs', 'src', 'test']
for (const folder of folders) print(folder, sources(folder))
print(
  'core',
  ['value', 'primitives/table', 'modes/dual', 'modes/tape', 'linear/linear', 'linear/apply', 'linear/space'].map(
    name => `ad/${name}.ts`,
  ),
)
for (const file of ['ad/modes/dual.ts', 'ad/modes/tape.ts', 'rules/bptt.ts', 'rules/rtrl.ts']) print(file, [file])
