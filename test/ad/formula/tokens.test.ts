import test from 'ava'
import { DomainError, KindError } from '../../../ad/errors.ts'
import { limits, tokensOf } from '../../../ad/formula/tokens.ts'

const tokens = (text: string) => tokensOf({ who: 'cell', text })
const texts = (text: string): readonly string[] => tokens(text).map(token => token.text)

test('a text is cut into numbers, names, operators and separators, each at its place', t => {
  t.deepEqual(tokens('h_1 =\t2.5e-3⊙W₀ ; x'), [
    { kind: 'name', text: 'h_1', at: 0, length: 3 },
    { kind: 'operator', text: '=', at: 4, length: 1 },
    { kind: 'number', text: '2.5e-3', at: 6, length: 6 },
    { kind: 'operator', text: '.*', at: 12, length: 1 },
    { kind: 'name', text: 'W₀', at: 13, length: 2 },
    { kind: 'separator', text: ';', at: 16, length: 1 },
    { kind: 'name', text: 'x', at: 18, length: 1 },
  ])
  t.deepEqual(texts('.5 − α.^2./b'), ['.5', '-', 'α', '.^', '2', './', 'b'])
})

test('the end of a line ends a statement, unless a parenthesis is open or an operator waits', t => {
  t.deepEqual(texts('h = a\nu = b'), ['h', '=', 'a', '\n', 'u', '=', 'b'])
  t.deepEqual(texts('h = (a)\nb'), ['h', '=', '(', 'a', ')', '\n', 'b'])
  t.deepEqual(texts('h = a +\nb'), ['h', '=', 'a', '+', 'b'])
  t.deepEqual(texts('h =\n(a\n+ b)'), ['h', '=', '(', 'a', '+', 'b', ')'])
  t.deepEqual(texts('h = ((a)\n+ b)'), ['h', '=', '(', '(', 'a', ')', '+', 'b', ')'])
  t.deepEqual(texts('\nh'), ['\n', 'h'])
})

test('a text may have 4000 characters, and no more', t => {
  t.notThrows(() => tokens(' '.repeat(limits.length)))
  t.throws(() => tokens(' '.repeat(limits.length + 1)), { instanceOf: DomainError, message: /4001 characters/ })
  t.throws(() => tokensOf({ who: 'cell', text: 5 as never }), {
    instanceOf: KindError,
    message: /number; wanted a text/,
  })
})

/** What stands 40 deep and what stands deeper, of parentheses, signs and powers. */
const nested: Readonly<Record<string, (n: number) => string>> = {
  parentheses: n => `${'('.repeat(n)}h${')'.repeat(n)}`,
  signs: n => `${'-+'.repeat(n).slice(0, n)}h`,
  'powers to the right of powers': n => `h${'^2'.repeat(n)}`,
  'powers entry by entry': n => `h${'.^2'.repeat(n)}`,
  'signs of powers': n => `${'-'.repeat(n - 20)}h${'^2'.repeat(20)}`,
  'powers in parentheses': n => `${'('.repeat(n - 10)}h${'^2'.repeat(10)}${')'.repeat(n - 10)}`,
  'parentheses in powers': n => `h${'^2'.repeat(n - 10)}^${'('.repeat(9)}h${')'.repeat(9)}`,
}

for (const [what, write] of Object.entries(nested))
  test(`what stands in one another may be 40 deep and no deeper: ${what}`, t => {
    t.notThrows(() => tokens(write(limits.depth)))
    t.throws(() => tokens(write(limits.depth + 1)), { instanceOf: DomainError, message: /more than 40/ })
  })

test('powers that stand beside one another, or in other statements, are not inside one another', t => {
  const powers = `h${'^2'.repeat(limits.depth)}`
  const inside = `(${powers.slice(0, -2)})`
  for (const text of [`${powers} + ${powers}`, `${powers}; ${powers}`, `${inside} - ${inside}`, `${powers}, ${powers}`])
    t.notThrows(() => tokens(text), text)
  t.notThrows(() => tokens(Array(50).fill('(h)').join(' + ')))
  t.notThrows(() => tokens(Array(50).fill('h - 1').join(' - ')), 'a sign between two values is no sign of one')
})

/** What is refused, where it stands, and what is said of it. */
const refused: readonly (readonly [text: string, column: number, says: RegExp])[] = [
  ['a ? b', 3, /a comparison or a condition/],
  ['a < b', 3, /a comparison or a condition/],
  ['a & b', 3, /a comparison or a condition/],
  ['a = "b"', 5, /no strings/],
  ['a}', 2, /no blocks/],
  ['a ]', 3, /no indexing/],
  ['a = 1.', 6, /no property access/],
  ['a # b', 3, /a comment/],
  ['5 % 2', 3, /Divide by 100/],
  ['a = €', 5, /the character `€`.*Leave it out/],
  ['a = 𝒉', 5, /the character `𝒉`/],
  ['a\u0007', 2, /the character "\\u0007"/],
  ['(a; b', 3, /`;` inside a parenthesis.*Close the parenthesis/],
  ['((a; b', 4, /`;` inside 2 parentheses/],
  ['a b', 3, /no operator between `a` and `b`/],
  ['2 a', 3, /no operator between `2` and `a`/],
  ['2 (a)', 3, /no operator between `2` and `\(`/],
  ['a 2', 3, /no operator between `a` and `2`/],
  ['(a) b', 5, /no operator between `\)` and `b`/],
  ['(a) (b)', 5, /no operator between `\)` and `\(`/],
]

for (const [text, column, says] of refused)
  test(`no part of the language, and refused where it stands: ${JSON.stringify(text)}`, t => {
    const error = t.throws(() => tokens(text), { instanceOf: DomainError })
    t.regex(error.message.replaceAll('\n', ' '), says)
    t.regex(error.message, new RegExp(`at column ${column}:`))
  })
