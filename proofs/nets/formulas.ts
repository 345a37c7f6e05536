/** Cells from text: the program that a text says, and what becomes of a text that says none. */
import { type Arbitrary, array, constantFrom, integer, letrec, oneof, string, tuple } from 'fast-check'
import { JanusError } from '../../ad/errors.ts'
import { statementsOf, vocabulary } from '../../ad/formula/grammar.ts'
import { type Expr, formatStatements } from '../../ad/formula/statements.ts'
import { unflattenLike } from '../../ad/linear/space.ts'
import { type Tensor, tensor, tensorOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import { type FormulaOptions, cell as fromText } from '../../nets/formulas/cell.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { type Pool, pools } from '../arbitraries/cells.ts'
import { equation, type Proposition } from '../proposition.ts'

const gate = (k: string, f: string, h = 'h'): string => `${f}(W_h${k}*${h} + W_x${k}*x + b_${k})`

/** The cells of the textbooks as texts, with their options. */
export const texts: {
  readonly [K in Exclude<CellName, 'lru' | 'lru-orvieto'>]: readonly [text: string, options: FormulaOptions]
} = {
  leaky: ['u = W_rec*h + W_in*x + b_rec; h = (1-alpha)*h + alpha*tanh(u)', { alpha: 0.5 }],
  membrane: ['v = (1 - α)*v + α*(W_rec*tanh(v) + W_in*x + b_rec); y = tanh(v)', { α: 0.5 }],
  lstm: [
    `f = ${gate('f', 'σ')}; i = ${gate('i', 'σ')}; o = ${gate('o', 'σ')}
    c = f ⊙ c + i ⊙ ${gate('g', 'tanh')}
    h = o ⊙ tanh(c)`,
    {},
  ],
  peephole: [
    `f = σ(W_hf*h + W_xf*x + b_f + p_f ⊙ c); i = σ(W_hi*h + W_xi*x + b_i + p_i ⊙ c)
    c = f .* c + i .* ${gate('g', 'tanh')}
    o = σ(W_ho*h + W_xo*x + b_o + p_o ⊙ c); h = o .* tanh(c)`,
    {},
  ],
  gru: [
    `r = ${gate('r', 'sigmoid')}; z = ${gate('z', 'sigmoid')}
    h = (1 - z) .* ${gate('n', 'tanh', '(r .* h)')} + z .* h`,
    {},
  ],
  'gru-pytorch': [
    `r = ${gate('r', 'σ')}; z = ${gate('z', 'σ')}; n = tanh(W_xn*x + b_n + r ⊙ (W_hn*h + b_hn)); h = (1 - z) ⊙ n + z ⊙ h`,
    {},
  ],
  mgu: [`f = ${gate('f', 'σ')}; h = (1 - f) ⊙ h + f ⊙ ${gate('n', 'tanh', '(f ⊙ h)')}`, {}],
}

type Any = Cell<Branch, Branch>

/** The gradient by name, of a cell whose parameters are read off a pool by name; the names are in it too, as their lengths. */
const gradientOf = (cell: Any, { d, n, T, pool }: Pool): readonly number[] => {
  const net = network(cell, { d, n, m: 1 }, halfSquaredError())
  const drawn = net.init(1)
  const names = Object.keys(drawn.cell).sort()
  let at = 0
  const next = (): number => pool[at++ % pool.length] ?? 0
  const filled = Object.fromEntries(
    names.map(name => {
      const { shape, data } = drawn.cell[name] as Tensor
      return [name, tensorOf(shape, data.map(next))]
    }),
  )
  const ordered = Object.fromEntries(Object.keys(drawn.cell).map(name => [name, filled[name] as Tensor]))
  const readout = rebuild(
    drawn.readout,
    leavesOf(drawn.readout).map(leaf => tensorOf(leaf.shape, (leaf as Tensor).data.map(next))),
  )
  const sequence = Array.from({ length: T }, () => example(tensor(Array.from({ length: n }, next)), tensor([next()])))
  const θ = { ...drawn, cell: ordered, readout }
  const found = unflattenLike(θ, runGradient(bptt)(unroll(net)(θ, sequence))) as unknown as { readonly cell: Branch }
  return names.flatMap(name => [name.length, ...(found.cell[name] as Tensor).data])
}

const byHand = (Object.keys(texts) as (keyof typeof texts)[]).map(name =>
  equation<Pool>({
    claim: `${name} from text is ${name} written by hand: the same parameters, the same gradient`,
    forAll: pools(),
    sides: pool => [gradientOf(fromText(...texts[name]) as Any, pool), gradientOf(cells[name]({ alpha: 0.5 }), pool)],
    between: ['from text', 'by hand'],
    within: 1e-12,
    verdict: 'holds',
    runs: 12,
  }),
)

/** Expressions of every operator, as deep as a text may have them. */
const expressions: Arbitrary<Expr> = letrec<{ readonly e: Expr; readonly leaf: Expr; readonly call: Expr }>(tie => ({
  leaf: oneof(
    constantFrom('W', 'h', 'x', 'b_1', 'α', 'i', 'e', 'h₀').map((name): Expr => ({ kind: 'name', name, at: 0 })),
    integer({ min: 0, max: 999 }).map((k): Expr => ({ kind: 'number', value: k / 8, at: 0 })),
    constantFrom(1e-9, 1e21, 0.1).map((value): Expr => ({ kind: 'number', value, at: 0 })),
  ),
  call: oneof(
    tuple(constantFrom('+', '-', '*', '/', '^', '.*', './', '.^', 'dot'), tie('e'), tie('e')).map(
      ([f, a, b]): Expr => ({ kind: 'call', f, args: [a, b], at: 0 }),
    ),
    tuple(constantFrom('neg', 'tanh', 'σ', 'sum', 'softmax'), tie('e')).map(
      ([f, a]): Expr => ({ kind: 'call', f: f === 'neg' ? 'neg' : f, args: [a], at: 0 }),
    ),
  ),
  e: oneof({ depthSize: 'small', withCrossShrink: true, maxDepth: 6 }, tie('leaf'), tie('call')),
})).e

/** The same whatever its place. */
const placeless = (e: unknown): string => JSON.stringify(e, (key, value) => (key === 'at' ? undefined : value))

const roundTrip: Proposition<Parameters<typeof formatStatements>[0]> = {
  claim: 'a formula printed and read again is the same program',
  forAll: array(expressions, { minLength: 1, maxLength: 3 }).map(list =>
    list.map((expression, i) => ({ name: `u_${i}`, at: 0, expression })),
  ),
  residual: statements =>
    +(placeless(statementsOf({ who: 'cell', text: formatStatements(statements) })) !== placeless(statements)),
  within: 0,
  verdict: 'holds',
  show: formatStatements,
}

const pieces = [
  ...vocabulary,
  'h',
  'W',
  'x',
  'alpha',
  '(',
  ')',
  '=',
  ';',
  '\n',
  ',',
  '0.5',
  '1e',
  ' ',
  '[',
  '"',
  ':',
  'f(x) = ',
]
const mutation: Arbitrary<string> = tuple(
  constantFrom(...Object.values(texts).map(([text]) => text)),
  array(tuple(integer({ min: 0, max: 300 }), integer({ min: 0, max: 6 }), constantFrom(...pieces, '')), {
    minLength: 1,
    maxLength: 6,
  }),
).map(([text, edits]) =>
  edits.reduce((before, [at, drop, piece]) => {
    const place = at % (before.length + 1)
    return before.slice(0, place) + piece + before.slice(place + drop)
  }, text),
)
const soup = array(constantFrom(...pieces), { maxLength: 60 }).map(list => list.join(' '))

/** Any characters there can be, halves of pairs left out; what fast-check has for it takes seconds to make. */
const characters = array(
  integer({ min: 0, max: 0x10f7ff }).map(code => String.fromCodePoint(code < 0xd800 ? code : code + 0x800)),
  { maxLength: 80 },
).map(list => list.join(''))

/** Random characters, words of the language in any order, and good texts with a few edits. */
export const anyTexts: Arbitrary<string> = oneof(characters, string({ maxLength: 80 }), soup, mutation)

/** 0 where a text is a cell that makes its parameters, or an error of ours that says what to do; else infinite. */
const fate = (text: string): number => {
  try {
    fromText(text, text.includes('alpha') ? { alpha: 0.5 } : {}).params({ d: 2, n: 3, m: 1 }, rng(1))
  } catch (thrown) {
    if (!(thrown instanceof JanusError) || thrown.remedy === '' || thrown.who !== 'cell')
      return Number.POSITIVE_INFINITY
  }
  return 0
}

/** Every text has one of two fates. No clock decides, since a machine may stand still; a text without end would not end the tests. */
export const fates: Proposition<string> = {
  claim: 'a text is a cell or an error that says what to do',
  forAll: anyTexts,
  residual: fate,
  within: 0,
  verdict: 'holds',
  runs: 1000,
}

export const formulas: readonly Proposition[] = [...byHand, roundTrip, fates]
