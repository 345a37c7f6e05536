import test from 'ava'
import { errata } from '../../../proofs/errata/index.ts'
import { chaos } from '../../../proofs/errata/vanishing.ts'
import { find } from '../../../proofs/index.ts'
import { entry, erratumOf, pagesOf } from '../../../src/cli/errata.ts'
import { prove, report } from '../../../src/cli/prove.ts'
import { folded, hanging, width } from '../../../src/wrap.ts'
import { long } from '../../full-effort.ts'

const numbered = (text: string, ...numbers: readonly number[]) => numbers.map(i => `${text}-${i}`)
const ids = [
  ...numbered('000', 1, 2, 3, 4),
  ...numbered('001', 1, 2, 3, 4, 5, 6, 7, 8, 9),
  ...numbered('002', 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12),
  ...numbered('003', 1, 2, 3, 4, 5, 6),
  ...numbered('004', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
]
const byReading = ['001-1', '002-8', '002-9', '002-11', '003-4', '003-6', '004-3', '004-9', '004-11']

/** Every figure that was written down, by erratum. */
const figures: Readonly<Record<string, string>> = {
  '000-1': '0.000000 0.784469',
  '000-2': '0.9117',
  '000-3': '165',
  '000-4': '0.0014 -0.0958 0.0000 0.1144 -0.0209 -0.1835 -0.0004 0.2048',
  '001-2': '0.2096 0.2740',
  '001-3': '0.295442 0.144946',
  '001-4': '-0.2665 0.1210',
  '001-5': '0.295442 0.144946',
  '001-7': '0.1764 0.1505',
  '001-8': '1000000 10000',
  '002-1': '0.0000 0.0694',
  '002-3': '0.1342 0.512',
  '002-6': '1024',
  '002-7': '0.000 2.000 0.447',
  '002-10': '0.0377 0.1251 0.0007 0.8365 2.0785',
  '003-5': '0.8460 0.7275',
  '004-1': '0.1667 1.0024 0.1667 1.0024 0.0718 0.7164',
  '004-2': '0.0079',
  '004-5': '0.1724 1.0221 0.1667 1.0024',
  '004-6': '0.3168 0.3269',
  '004-8': '266240',
}

test('every erratum is there once, in order', t => {
  t.deepEqual(
    errata.map(({ id }) => id),
    ids,
  )
})

for (const erratum of errata) {
  const { id, text, kind, proofs, figures: given, ...words } = erratum
  test(`${id} is quoted, glossed, printed, corrected and explained`, t => {
    t.is(text, Number(id.slice(0, 3)))
    t.true(['misprint', 'hypothesis', 'wording', 'remark'].includes(kind))
    for (const [name, entry] of Object.entries(words)) t.true(entry.length >= 5, name)
    t.not(words.printed, words.corrected)
    t.notRegex(words.gloss, /[\u3040-\u30ff\u4e00-\u9fff]/)
  })

  test(`${id} is refuted as printed and holds as corrected, unless it was found by reading`, t => {
    const verdicts = new Set(proofs.map(({ verdict }) => verdict))
    t.deepEqual([...verdicts], byReading.includes(id) ? [] : ['refuted', 'holds'])
    for (const { claim, verdict } of proofs) {
      t.regex(claim, new RegExp(`^as ${verdict === 'refuted' ? 'printed' : 'corrected'} in text ${id.slice(0, 3)} `))
      t.true(claim.includes(`(${id})`))
      t.is(erratumOf(claim), erratum)
    }
  })

  test(`${id}: its figures are computed to the digits that were written down`, t => {
    t.is(given.map(({ digits }) => digits).join(' '), figures[id] ?? '')
    for (const { of, digits, value } of given) t.is(value().toFixed(digits.split('.')[1]?.length ?? 0), digits, of)
  })
}

test('chaotic networks of 100 units at gain 3 have tanh′ near .305 in the mean and Lyapunov exponents near .29', t => {
  const runs = [1, 2, 3, 4].map(seed => chaos(seed, 100, 400))
  const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b) / xs.length
  // from network to network they differ by about .01 and .02
  t.true(Math.abs(mean(runs.map(({ slope }) => slope)) - 0.305) < 0.015)
  t.true(Math.abs(mean(runs.map(({ exponent }) => exponent)) - 0.29) < 0.03)
})

test('pages open by the word errata, an id, a kind and words of a claim, and stay shut where others have the words too', t => {
  const opened = (pattern: string) => pagesOf(pattern).map(({ erratum }) => erratum.id)
  t.deepEqual(opened('errata'), ids)
  t.deepEqual(opened('001-1'), ['001-1'])
  t.deepEqual(opened('ERRATA 002-1'), ['002-1', '002-10', '002-11', '002-12'])
  t.true(opened('wording').includes('003-6'))
  t.deepEqual(opened('the recursion of three terms is RFLO'), ['001-7'])
  t.is(pagesOf('the recursion of three terms is RFLO')[0]?.claims.length, 1)
  t.deepEqual(opened('computes the gradient'), [])
  t.deepEqual(opened(''), [])
  t.is(pagesOf('errata').flatMap(({ claims }) => claims).length, find({ pattern: 'errata' }).length)
})

test('an erratum found by reading is printed as a whole', t => {
  t.is(
    entry(errata.find(({ id }) => id === '002-9')!),
    `002-9  wording
  source     $g_t$ は、中間計算のキャッシュであり、後に上記の式で出力ゲート $o$
             とともに使用されます
  in English g_t is a cache of an intermediate result, later used together with
             the output gate o
  printed    g_t is used together with the output gate o; the gates have no
             biases
  corrected  g_t is used together with the input gate: i_t ⊙ g_t; a bias in each
             gate
  because    the equation c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t says so.
  decided    by reading alone; there is nothing to prove`,
  )
})

/** What a command writes, and how it ends. */
const written = async (options: Parameters<typeof prove>[0]) => {
  const write = process.stdout.write
  let text = ''
  process.stdout.write = ((piece: string) => {
    text += piece
    return true
  }) as typeof write
  try {
    const end = await prove(options)()
    return { text, end }
  } finally {
    process.stdout.write = write
  }
}

test.serial('an erratum with numbers is printed with its shrunk network and both numbers', async t => {
  const { text, end } = await written({ pattern: '001-9' })
  t.is(end._tag, 'Right')
  t.is(
    // rounding is the machine's own
    text.replace(/\de-1\d/, '5e-16'),
    `          worst  runs  claim
errata

001-9  missing hypothesis
  source     \\Delta \\mathbf{W}_{\\textrm{out}} = \\frac{\\eta}{T} \\sum_{t=1}^T
             \\epsilon(t) h(t)^\\top
  in English ΔW_out = (η/T) Σ_t ε(t) h(t)ᵀ; ε is not defined
  printed    ΔW_out = +(η/T) Σ_t ε(t) h(t)ᵀ, with the error y - y* for ε
  corrected  the same with ε = y* - y (⊙ g′), for L = (1/2T) Σ_t ‖y - y*‖²
  because    the sign of the update hangs on the sign of ε, and η/T on the mean
             in L.
refuted   1e-1     1  as printed in text 001 (001-9), the update of W_out with ε
                      = y - y* goes down the gradient
      d=1 n=1 m=1 T=1 alpha=1 tanh half_mse; W_rec=[[0]] W_in=[[0]]
        b_rec=[-0.25] W_out=[[0]] b_out=[0] h0=[0] inputs=[[0]]
        targets=[[-0.25]] weights=[1]
      formula [-0.06123]
      true    [0.06123]
holds    5e-16    30  as corrected in text 001 (001-9), the update of W_out with
                      ε = y* - y goes down the gradient

2 decided as claimed, 0 not (seed 1)
`,
  )
})

long('all of the errata fit 80 columns, and say as JSON what they say in words', async t => {
  const { text, end } = await written({ pattern: 'errata' })
  t.is(end._tag, 'Right', text)
  for (const line of text.split('\n')) t.true(width(line) <= 80, line)
  const lines = (await written({ pattern: 'text 003', json: true })).text.trim().split('\n')
  const records = lines.map(line => JSON.parse(line))
  t.deepEqual([...new Set(records.map(({ erratum }) => erratum.id))], ['003-1', '003-2', '003-3', '003-5'])
  const [read] = (await written({ pattern: '003-4', json: true })).text.trim().split('\n')
  t.like(JSON.parse(read ?? ''), { verdict: undefined, erratum: { id: '003-4', kind: 'misprint' } })
  const [refuted] = records.filter(({ erratum }) => erratum.id === '003-1')
  t.like(refuted, { verdict: 'refuted', passed: true, erratum: { kind: 'misprint', text: 3 } })
})

test('a refutation that fails prints the command that replays it on one line', t => {
  const claim =
    'as printed in text 002 (002-2), the product J_2 J_3 is the derivative of the last state in the first one'
  const common = { storey: 'errata', claim, verdict: 'refuted', worst: 0, tries: 7, runs: 7, seed: 3 } as const
  t.regex(
    report({ ...common, passed: false }),
    /^FAILED [^\n]*\n[\s\S]*\n {6}replay: janus prove "as printed [^\n]*" --seed 3 --runs 7$/,
  )
  t.notRegex(report({ ...common, passed: true }), /replay/)
})

test.serial('a storey misspelt is offered as it is', async t => {
  const { end } = await written({ pattern: 'eratta' })
  t.is(end._tag, 'Left')
  t.regex(end._tag === 'Left' ? end.left.message : '', /Did you mean `errata`\?/)
})

test('text is folded by the columns it takes', t => {
  t.is(width('貢献度 h̃'), 8)
  t.deepEqual(folded('貢献度、分配', 6), ['貢献', '度、分', '配'])
  t.deepEqual(folded('a row [[1,2],[3,4]]', 13), ['a row [[1,2],', '[3,4]]'])
  t.is(hanging('a  ', 'one two three', 10), 'a  one two\n   three')
})
