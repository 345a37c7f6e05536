import test from 'ava'
import { DomainError, type JanusError, NameError, ShapeError } from '../../../ad/errors.ts'
import { statementsOf, vocabulary } from '../../../ad/formula/grammar.ts'
import { type Expr, formatExpression, visit } from '../../../ad/formula/statements.ts'

const read = (text: string, bare = false) => statementsOf({ who: 'cell', text }, bare)

test('every part of an expression knows its place: of an operation, that of its operator', t => {
  const text = 'h = -a + tanh(b .* 2) * (c - +d)^2 / dot(a, -b)'
  const parts: Expr[] = []
  visit(read(text)[0]!.expression, part => parts.push(part))
  const signs: Readonly<Record<string, string>> = { neg: '-' }
  for (const part of parts) {
    const begins = part.kind === 'call' ? (signs[part.f] ?? part.f) : formatExpression(part)
    t.true(text.startsWith(begins, part.at), `${formatExpression(part)} at ${part.at}`)
  }
  const minus = parts.flatMap(part => (part.kind === 'call' && part.f === 'neg' ? [part.at] : []))
  t.deepEqual(minus, [text.indexOf('-'), text.lastIndexOf('-')])
  t.is(parts.find(part => part.kind === 'call' && part.f === '-')?.at, 27)
})

test('statements come in their order, each at its name; empty ones are left out', t => {
  t.deepEqual(
    read(';\n u = a;; h = u\n').map(({ name, at, expression }) => [name, at, formatExpression(expression)]),
    [
      ['u', 3, 'a'],
      ['h', 11, 'u'],
    ],
  )
})

test('the last statement alone may go without a name, and only where that is asked for', t => {
  t.deepEqual(
    read('u = a; u * 2', true).map(({ name, at }) => [name, at]),
    [
      ['u', 0],
      ['', 7],
    ],
  )
  t.is(formatExpression(read('v', true)[0]!.expression), 'v')
  t.deepEqual(
    read('u = a; v = u', true).map(({ name }) => name),
    ['u', 'v'],
  )
  t.throws(() => read('u = a; u * 2'), { instanceOf: DomainError, message: /at column 8: no assignment/ })
  t.throws(() => read('a * 2; u = a', true), { instanceOf: DomainError, message: /at column 1: no assignment/ })
})

/** What is refused, and what is said of it. */
const refused: readonly (readonly [text: string, kind: typeof JanusError, says: RegExp])[] = [
  ['h = h ⊙', DomainError, /at column 8: the statement ends too early; wanted a number, a name or a `\(`/],
  ['h = a * b * c +', DomainError, /at column 16: the statement ends too early/],
  ['h', DomainError, /at column 1: no assignment/],
  ['h = sn(a)', NameError, /Did you mean `sin`\?/],
  ['h =', DomainError, /at column 4: the statement ends too early; wanted a number, a name or a `\(`/],
  ['h = abc * ', DomainError, /at column 10: the statement ends too early/],
  ['h = (a', DomainError, /at column 7: the statement ends too early; wanted a `\)`.*Close the parenthesis/],
  [
    'h = a * / b',
    DomainError,
    /at column 9: `\/` in a place.*wanted a number, a name or a `\(`.*Finish the expression/,
  ],
  ['h = a )', DomainError, /at column 7: `\)` in a place.*wanted an operator, or the end/],
  ['h = alpha * (beta , c)', DomainError, /at column 19: `,` in a place.*wanted a `\)`/],
  ['h = ()', DomainError, /at column 6: `\)` in a place/],
  ['f(x) = x', DomainError, /at column 1: a definition of a function `f/],
  ['2 = x', DomainError, /at column 3: no single name to the left of `=`/],
  ['a + b = x', DomainError, /at column 7: no single name/],
  ['2(x) = x', DomainError, /at column 2: no operator/],
  ['h(x)', DomainError, /at column 1: no assignment/],
  ['h = a = b', DomainError, /at column 7: a second `=`/],
  ['tanh = a', NameError, /at column 1: the function `tanh` without an argument/],
  ['true = a', NameError, /at column 1: the name `true`/],
  ['h = f(a)', NameError, /at column 5: no function `f`.*For a product write f\*\(…\)/],
  ['h = t(a)', NameError, /For a product write t\*\(…\)/],
  ['h = dto(a, b)', NameError, /Did you mean `dot`\?/],
  ['h = zz(a)', NameError, /For a product write zz\*\(…\)/],
  ['h = dot(a)', ShapeError, /dot of 1 arguments; wanted 2 arguments.*Write dot\(a, b\)/],
  ['h = tanh(a, b)', ShapeError, /tanh of 2 arguments; wanted one argument.*Write tanh\(a\)/],
  ['h = dot(a, b, c)', ShapeError, /dot of 3 arguments/],
  ['h = 1e309', DomainError, /at column 5: the number 1e309; wanted a finite number/],
  [' ;\n', DomainError, /an empty text/],
]

for (const [text, instanceOf, says] of refused)
  test(`no statement: ${JSON.stringify(text)}`, t => {
    const error = t.throws(() => read(text), { instanceOf: instanceOf as never }) as unknown as JanusError
    t.regex(error.message.replaceAll('\n', ' '), says)
    t.not(error.remedy, '')
  })

test('words that mean something elsewhere are no names', t => {
  for (const word of [
    'prototype',
    'import',
    'eval',
    'function',
    'Function',
    'NaN',
    'Infinity',
    'undefined',
    'toString',
  ])
    t.throws(() => read(`h = ${word}`), { instanceOf: NameError, message: new RegExp(`the name \`${word}\``) })
})

test('the vocabulary is every operator and every function', t => {
  for (const word of ['+', '.^', 'tanh', 'dot', 'σ']) t.true(vocabulary.includes(word), word)
})
