import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { inspect } from 'node:util'
import { type Node, parse } from 'acorn'
import test from 'ava'
import { plainly } from '../../src/display/inspect.ts'
import { root } from '../root.ts'

type Declaration = Node & { readonly source?: { readonly value: string } | null }

/** What a built file imports before it runs; what it imports later, when it is asked for, is not among it. */
const importsOf = (file: string): readonly string[] =>
  (parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }).body as Declaration[]).flatMap(
    ({ source }) => source?.value ?? [],
  )

/** Every import of a package or a built-in that is reached from an entry, and the file it stands in. */
const reached = (entry: string): ReadonlyMap<string, string> => {
  const [seen, found] = [new Set<string>(), new Map<string, string>()]
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const name of importsOf(file))
      if (name.startsWith('.')) walk(resolve(dirname(file), name))
      else found.set(name, relative(root, file))
  }
  walk(join(root, entry))
  return found
}

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly default: string }>>
}

/** The entries that a browser can load, and what each may not. */
const entries = { '.': [], './ad': [], './nets': [], './rules': [], './display': [], './symbols': ['mathjs'] } as const

for (const [entry, own] of Object.entries(entries))
  test(`janusgrad${entry.slice(1)} imports nothing of Node's${own.length === 0 ? ', nor mathjs, nor zod' : ''}`, t => {
    const found = [...reached(exports[entry]?.default ?? '')]
    t.true(found.length > 0 || entry === './ad')
    const isOwn = (name: string): boolean => own.some(each => name.startsWith(each))
    const foreign = found.filter(([name]) => /^(node:|fs$|path$|mathjs|zod)/.test(name) && !isOwn(name))
    t.deepEqual(foreign, [])
  })

test('the walk finds what an entry of Node alone imports', t => {
  const found = reached(exports['./weights']?.default ?? '')
  t.true(found.has('node:fs') && found.has('zod'))
})

test('janusgrad/display shows values where there is no process', t => {
  const program = `
    const say = console.log
    delete globalThis.process
    delete globalThis.Buffer
    const { bundle } = await import(${JSON.stringify(join(root, 'dist/src/display/notebook.js'))})
    const { tensor, leaky, rtrl } = await import(${JSON.stringify(join(root, 'dist/src/index.js'))})
    say(JSON.stringify([{ a: tensor([1, 2]), b: 'c' }, leaky(), rtrl].map(x => bundle(x)['text/plain'])))`
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  const [record, cell, rule] = JSON.parse(printed) as readonly string[]
  t.is(record, "{ a: tensor [2] [1, 2], b: 'c' }")
  t.regex(cell ?? '', /^a cell/)
  t.regex(rule ?? '', /^the rule rtrl: /)
})

class Point {
  readonly x = 1
}
const circle: { own?: unknown } = {}
circle.own = circle
const reach = { depth: 3, maxArrayLength: 3, breakLength: 80 }

/** What a browser shows as Node does. */
const alike: readonly unknown[] = [
  ...[1, -0, Number.NaN, 10n, true, null, undefined, 'text', Symbol('s')],
  ...[[], {}, [1, 'a', [2]], { a: 1, 'b c': { d: [1] } }, [1, 2, 3, 4], [1, 2, 3, 4, 5], new Point()],
  ...[Object.create(null), Math.max, () => 1, Point, { f: Math.max }],
  { a: { b: { c: { d: { e: 1 } } } } },
]

test('without Node a value is shown as Node shows it', t => {
  const onOneLine = (text: string): string => text.replace(/\s+/g, ' ')
  for (const value of alike) t.is(onOneLine(plainly(value, reach)), onOneLine(inspect(value, reach)))
  t.regex(plainly(circle, reach), /\[Circular \*1\]/)
  t.is(plainly(new Map([['a', 1]]), reach), "Map { 'a' => 1 }")
  t.is(plainly(new Set([1]), reach), 'Set { 1 }')
  const long = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`entry${i}`, i * 1000]))
  for (const line of plainly(long, reach).split('\n')) t.true(line.length <= 80, line)
})
