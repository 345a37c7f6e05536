import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { errata } from '../../proofs/errata/index.ts'
import { find, propositions } from '../../proofs/index.ts'
import { evaluate } from '../../src/repl/evaluate.ts'
import { writer } from '../../src/repl/writer.ts'
import { root } from '../root.ts'

const page = readFileSync(join(root, 'docs', 'seeds.md'), 'utf8')

/** The text below each heading, up to the next of its depth. */
const below = (depth: number, text: string): readonly (readonly [title: string, body: string])[] =>
  text
    .split(new RegExp(`^${'#'.repeat(depth)} `, 'm'))
    .slice(1)
    .map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)])

const texts = below(2, page)
const rows = texts.map(([, body]) =>
  below(3, body).filter(([title]) => /^\d/.test(title) && !title.includes('in words')),
)
const everyRow = rows.flat()

/** Displayed equations of each text. */
const counts = [9, 21, 11, 9, 14]

const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u
const latin = /[A-Za-z]{2}/

test('the concordance has a row for each of the 64 displayed equations, numbered in order', t => {
  t.deepEqual(
    rows.map(list => list.length),
    counts,
  )
  const numbers = everyRow.map(([title]) => title.split(' · ')[0])
  t.deepEqual(
    numbers,
    counts.flatMap((count, text) => Array.from({ length: count }, (_, i) => `00${text}.${i + 1}`)),
  )
  t.is(numbers.length, 64)
  for (const count of ['64 in all (9, 21, 11, 9 and 14)', '9，21，11，9，14，計64']) t.true(page.includes(count))
})

const isBilingual = (english: string | undefined, native: string | undefined): boolean =>
  latin.test(english ?? '') && !japanese.test(english ?? '') && japanese.test(native ?? '')

test('every row has its name in both languages, every text and the preface a paragraph in both', t => {
  for (const [title] of everyRow) {
    const [, english, native] = title.split(' · ')
    t.true(isBilingual(english, native), title)
  }
  const openings = [page.slice(0, page.indexOf('\n## ')), ...texts.map(([, body]) => body.split('\n### ')[0] ?? '')]
  for (const opening of openings) {
    const paragraphs = opening.split('\n\n').filter(text => !text.startsWith('|') && !text.startsWith('#'))
    t.true(
      paragraphs.some(text => latin.test(text) && !japanese.test(text)),
      opening,
    )
    t.true(
      paragraphs.some(text => japanese.test(text)),
      opening,
    )
  }
})

test('every row has one equation, a symbol, a file, a proposition and one line to type', t => {
  for (const [title, body] of everyRow) {
    t.is([...body.matchAll(/^```math\n[^`]+\n```$/gm)].length, 1, title)
    t.regex(body, /^- here · ここでは: .+ · \[.+\]\(\.\.\/.+\)$/m, title)
    t.regex(body, /^- (holds|refuted): `janus prove "/m, title)
    t.is([...body.matchAll(/^janus> /gm)].length, 1, title)
  }
})

const verdicts = new Map(
  Object.values(propositions)
    .flat()
    .map(({ claim, verdict }) => [claim, verdict]),
)

test('every proposition that a row quotes is one, decided as the row says', t => {
  const quoted = [...page.matchAll(/^- (holds|refuted): (.*)$/gm)]
  t.true(quoted.length >= everyRow.length)
  for (const [line, verdict, rest = ''] of quoted) {
    const [, claim = ''] = /^`janus prove "([^"`]+)"`$/.exec(rest) ?? []
    t.is(verdicts.get(claim), verdict as 'holds', line)
    t.true(find({ pattern: claim }).length >= 1, line)
  }
})

const native = { misprint: '誤植', hypothesis: '仮定の不足', wording: '用語', remark: '補足' } as const
const cited = (text: string): readonly string[] =>
  [...text.matchAll(/`janus prove (\d{3}-\d+)`: `/g)].map(([, id]) => id ?? '')

test('every erratum stands under its own text, with its kind and its correction, a note in both languages', t => {
  for (const [title, body] of texts)
    for (const [line] of body.matchAll(/^- \*\*.*$/gm)) {
      const [id = ''] = cited(line)
      const erratum = errata.find(one => one.id === id)
      t.truthy(erratum, line)
      if (!erratum) continue
      t.true(title.startsWith(`Text ${id.slice(0, 3)} `), line)
      const head = `- **${erratum.kind} · ${native[erratum.kind]}** \`janus prove ${id}\`: \`${erratum.corrected}\` · `
      t.is(line.slice(0, head.length), head)
      const [english, note, ...more] = line.slice(head.length).split(' · ')
      t.true(isBilingual(english, note) && more.length === 0, line)
    }
})

test('no erratum is left out', t => {
  t.deepEqual([...new Set(cited(page))].toSorted(), errata.map(({ id }) => id).toSorted())
})

/** LaTeX without what only places it. */
const bare = (tex: string): string =>
  tex
    .replaceAll(/\\operatorname\{diag\}/g, '\\mathrm{diag}')
    .replaceAll('\\textrm', '\\text')
    .replaceAll(/[\s&$]/g, '')

test('an equation that is misprinted stands in its row as the erratum quotes it', t => {
  const equations = new Map<string, string>()
  for (const [, body] of everyRow)
    for (const id of cited(body))
      equations.set(id, `${equations.get(id) ?? ''} ${bare(/```math\n([^`]+)```/.exec(body)?.[1] ?? '')}`)
  const formulas = ({ quote }: { readonly quote: string }): readonly string[] =>
    quote
      .split('…')
      .filter(part => part.includes('\\') && !japanese.test(part))
      .map(bare)
  const quoted = errata.filter(one => one.kind === 'misprint' && equations.has(one.id) && formulas(one).length > 0)
  t.true(quoted.length >= 15)
  for (const one of quoted)
    t.true(
      formulas(one).some(part => equations.get(one.id)?.includes(part)),
      `${one.id}: ${one.quote}`,
    )
})

test('every link leads to a file', t => {
  const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path ?? '')
  t.true(links.length > everyRow.length)
  for (const path of new Set(links)) t.true(existsSync(join(root, 'docs', path)), path)
  t.true(readFileSync(join(root, 'README.md'), 'utf8').includes('](docs/seeds.md)'))
})

const transcripts = everyRow.map(([title, body]) => {
  const [, line = '', printed = ''] = /```text\njanus> (.*)\n([\s\S]*?)\n```/.exec(body) ?? []
  return { title, line, printed }
})

test('every line can be given to a shell between double quotes', t => {
  for (const { title, line } of transcripts) t.notRegex(line, /["$`!]/, title)
})

/** Whether an output is the one expected; an … at the end leaves out the rest. */
const prints = (out: string, expected: string): boolean =>
  expected.endsWith('\n…') ? out.startsWith(expected.slice(0, -1)) : out === expected

test('every line prints what stands below it', async t => {
  for (const { title, line, printed } of transcripts) {
    const out = writer(await evaluate(line), line)
    t.true(printed !== '' && prints(out, printed), `${title}\n${line}\n${out}`)
  }
})
