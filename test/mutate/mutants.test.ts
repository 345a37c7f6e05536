import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { mutantsOf } from './mutants.ts'
import { switched } from './switched.ts'

const program = `export const inside = (x, low, high) => {
  requireNumber(x);
  if (high < low) throw new Error('low ' + low);
  return low <= x && x < high ? x - low : -1;
};
export const apart = (a, b) => between(b, a);
const between = (b, a) => inside(b, a, 9)?.toFixed(2) ?? 'none';
const requireNumber = x => { if (typeof x !== 'number') throw new TypeError('no number'); };
`

const changes = mutantsOf(program)

test('each kind of mutant is made of a small program, and none of what words an error', t => {
  const made = changes.map(({ original, mutated }) => `${original} -> ${mutated}`)
  for (const one of [
    'requireNumber(x) -> undefined',
    'high < low -> (high) <= (low)',
    'high < low -> (high) >= (low)',
    'high < low -> false',
    'low <= x && x < high -> (low <= x) || (x < high)',
    'low <= x && x < high -> !(low <= x && x < high)',
    'x - low -> (x) + (low)',
    '-1 -> (1)',
    '1 -> 2',
    'between(b, a) -> between(a, b)',
    "inside(b, a, 9)?.toFixed(2) ?? 'none' -> (inside(b, a, 9)?.toFixed(2)) && ('none')",
  ])
    t.true(made.includes(one), `${one} of\n${made.join('\n')}`)
  t.false(made.some(one => one.includes("'low '")))
})

test('where propositions try a primitive is no part of the program', t => {
  const made = mutantsOf(
    'const row = { size: 2, specimens: [tried([3], [4])], domain: [[0.5, 6]], whole: [7], year: 1989 }',
  )
  t.deepEqual(
    made.map(({ original, mutated }) => `${original} -> ${mutated}`),
    ['2 -> 3'],
  )
})

test('the switched program is the program without a mutant, and each of its mutants with one', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'janusgrad-mutate-'))
  const [on, file] = ['on.mjs', 'program.mjs'].map(name => join(folder, name)) as [string, string]
  writeFileSync(on, 'let active = 0; export const choose = n => { active = n }; export const on = n => n === active')
  writeFileSync(file, switched(program, changes, 1, './on.mjs'))
  const { choose } = await import(pathToFileURL(on).href)
  const { inside, apart } = await import(pathToFileURL(file).href)
  const outcome = (): string => {
    const attempt = (f: () => unknown): unknown => {
      try {
        return f()
      } catch (error) {
        return String(error)
      }
    }
    const calls = [
      [2, 1, 3],
      [1, 1, 3],
      [3, 1, 3],
      [0, 1, 3],
      [1, 3, 1],
      [1, 1, 1],
      ['1', 1, 3],
    ]
    return JSON.stringify([...calls.map(args => attempt(() => inside(...args))), attempt(() => apart(1, 9.5))])
  }
  const right = outcome()
  t.is(right, JSON.stringify([1, 0, -1, -1, 'Error: low 3', -1, 'TypeError: no number', '-1.00']))
  const survivors = changes.filter((_, i) => {
    choose(i + 1)
    return outcome() === right
  })
  t.deepEqual(
    survivors.map(({ mutated }) => mutated),
    [],
  )
})
