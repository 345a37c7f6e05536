import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { captured } from '../captured.ts'
import { alwaysIf } from '../full-effort.ts'
import { root } from '../root.ts'

const run = promisify(execFile)

/** The pages whose examples are compiled and run. */
const pages = ['.', 'docs', 'docs/rules']
  .flatMap(folder => readdirSync(join(root, folder)).map(name => join(folder, name)))
  .filter(path => path === 'README.md' || (path.startsWith('docs') && path.endsWith('.md')))
  .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))

interface Block {
  readonly title: string
  readonly name: string
  readonly code: string
}

const blocks: readonly Block[] = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ''], i) => ({
    title: `example ${i + 1} of ${path}`,
    name: `${path.replaceAll(/\W+/g, '-')}-${i + 1}`,
    code,
  })),
)

/** Blocks that say they are no whole program. */
const isPart = ({ code }: Block): boolean => code.startsWith('// a part')
const programs = blocks.filter(block => !isPart(block))

/** In dist/, so that `janusgrad` is the package itself. */
const folder = mkdtempSync(join(root, 'dist', 'blocks-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const compiled = (async () => {
  for (const { name, code } of programs) writeFileSync(join(folder, `${name}.ts`), code)
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    rootDir: '.',
    outDir: '.',
  }
  const files = programs.map(({ name }) => `${name}.ts`)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', folder]).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
})()

test('the README has examples', t => {
  t.true(blocks.filter(({ title }) => title.endsWith(' of README.md')).length >= 4)
})

test('every example of the docs compiles under tsc --strict', async t => {
  t.is(await compiled, '')
})

test('examples are TypeScript, and at most three blocks are parts of a program', t => {
  t.true(blocks.filter(isPart).length <= 3)
  for (const { path, text } of pages) t.false(/^```(js|javascript|typescript)$/m.test(text), path)
})

/** The output that the comments `// → …` expect; a line inside a loop prints once a turn. */
const expected = (code: string): readonly string[] => [...code.matchAll(/\/\/ → (.*)/g)].map(([, value]) => value ?? '')

/** The example whose search takes seconds. */
const slow = 'docs-refute-md-1'

/** Each a module of its own, all in this process, so that the package is loaded once. */
for (const { title, name, code } of programs)
  alwaysIf(name !== slow)(`${title} prints what it says`, async t => {
    await compiled
    t.true(expected(code).length > 0)
    const { stdout } = await captured(() => import(pathToFileURL(join(folder, `${name}.js`)).href))
    t.deepEqual([...new Set(stdout.trim().split('\n'))], [...new Set(expected(code))])
  })
