import test from 'ava'
import { DomainError, type JanusError, NameError } from '../../../ad/errors.ts'
import { formatStatements } from '../../../ad/formula/statements.ts'
import { type FormulaOptions, formulaOf } from '../../../nets/formulas/parse.ts'

test('a step is read as its statements, its output apart, its states, and what it learns', t => {
  const read = formulaOf('u = W*h + V*x; v = 0.5 * v + u; h = tanh(v); y = v .* 2', {})
  t.is(formatStatements(read.statements), 'u = W * h + V * x; v = 0.5 * v + u; h = tanh(v)')
  t.is(read.output?.name, 'y')
  t.deepEqual(read.states, ['v', 'h'])
  t.deepEqual(read.params, { W: ['d', 'd'], V: ['d', 'n'] })
  t.deepEqual(read.begins, {})
  t.is(formulaOf('output = W*output', {}).output, undefined, 'an output that is read before is a state')
})

test('what is given for a name is a number, where it is learned from, or its shape', t => {
  const options = { a: 0.5, k: 'learned', l: { learned: 2 }, A: [4, 'n'], B: ['d', 4] } as const
  const read = formulaOf('h = a*h + k*h + l*h + B*(A*x)', options)
  t.deepEqual(read.params, { k: [], l: [], B: ['d', 4], A: [4, 'n'] })
  t.deepEqual(read.begins, { l: 2 })
  t.is(formatStatements(read.statements), 'h = 0.5 * h + k * h + l * h + B * (A * x)')
})

test('an open text may have numbers that nobody gave; they are small letters', t => {
  t.deepEqual(formulaOf('h = a*h', {}, true).params, { a: [] })
  t.throws(() => formulaOf('h = a*h', {}), { instanceOf: DomainError, message: /column 5: a, which is a number here/ })
  t.throws(() => formulaOf('h = h^2 .* sum(W + h) * 2 + h / A', {}, true), { message: /A, which is a number here/ })
})

/** What is no step, and what is said of it. */
const refused: readonly (readonly [
  text: string,
  options: object,
  kind: new (...args: never[]) => JanusError,
  says: RegExp,
])[] = [
  ['x = h; h = x', {}, NameError, /column 1: an assignment to x; wanted x only read/],
  ['pi = 3; h = pi*h', {}, NameError, /column 1: an assignment to pi; wanted each name assigned once/],
  ['h = x; h = 2*h', {}, NameError, /column 8: a second assignment to h; wanted each name/],
  ['u = W*x', {}, DomainError, /no state/],
  ['uu = W*h; h = W*x', {}, NameError, /column 1: uu, which nothing reads; .*Leave it out, or read it/],
  ['uv = W*h; h = uw + W*x', {}, NameError, /Did you mean `uw`\?/],
  ['h = alpha*h', { alfa: 1 }, NameError, /a value for alfa; wanted one of alpha\. Did you mean `alpha`/],
  ['h = a*h + b*x', { question: 1 }, NameError, /wanted one of a, b\. Give only/],
  ['h = 2*h', { h: 1 }, NameError, /a value for h; wanted one of no names/],
  ['h = h + sum(x)', { x: 1 }, NameError, /a value for x/],
  ['h = a*h', { a: Number.NaN }, DomainError, /a: null; wanted a finite number/],
  ['h = a*h', { a: undefined }, DomainError, /a: undefined/],
  ['h = a*h', { a: null }, DomainError, /a: null/],
  ['h = a*h', { a: { learned: Number.POSITIVE_INFINITY } }, DomainError, /a: \{"learned":null\}/],
  ['h = a*h', { a: 'learnt' }, DomainError, /a: "learnt"/],
  ['h = W*h', { W: ['d', 'q'] }, DomainError, /W: \["d","q"\]/],
  ['h = W*h', { W: ['d', 0] }, DomainError, /W: \["d",0\]/],
  ['h = W*h', { W: ['d', 1.5] }, DomainError, /W: \["d",1\.5\]/],
  ['h = W*h', { W: ['d', 'd', 'd'] }, DomainError, /W: \["d","d","d"\]/],
  [
    'h = W*h; y = h + W*x',
    {},
    NameError,
    /column 18: y made of W, which is no state; wanted an output made of h and numbers/,
  ],
]

for (const [i, [text, options, instanceOf, says]] of refused.entries())
  test(`no step: ${text} with ${JSON.stringify(options)} (${i + 1})`, t => {
    const error = t.throws(() => formulaOf(text, options as FormulaOptions), { instanceOf })
    t.regex(error.message.replaceAll('\n', ' '), says)
  })

test('a size that is given as a number may be 1', t => {
  t.deepEqual(formulaOf('h = B*(A*x)', { A: [1, 'n'], B: ['d', 1] }).params, { B: ['d', 1], A: [1, 'n'] })
})
