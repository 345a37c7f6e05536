import test from 'ava'
import { statementsOf } from '../../../ad/formula/grammar.ts'
import { formatExpression, formatStatements, namesIn, visit } from '../../../ad/formula/statements.ts'

const read = (text: string) => statementsOf({ who: 'cell', text }, true)[0]!.expression

/** Texts with just the parentheses that they need. */
const exact = [
  'a + b - c',
  'a - (b + c)',
  'a - (b - c)',
  'a * b .* c / d ./ f',
  'a * (b / c)',
  'a .* (b .* c)',
  'a / (b ./ c)',
  '(a + b) * (c - d)',
  'a + b * c',
  '-a * b',
  '-(a * b)',
  '-(a + b)',
  '-(-a)',
  'a - -b',
  'a * -b',
  '-a^b',
  '(-a)^b',
  'a^(-b)',
  'a^(b^c)',
  '(a^b)^c',
  'a.^(b.^c)',
  '(a.^b).^c',
  '(a * b)^c',
  'tanh(a + b)^2',
  'tanh(-a) * dot(a + b, -c)',
  '2 * a + 0.5',
]

test('an expression is written with the parentheses that it needs, and no others', t => {
  for (const text of exact) t.is(formatExpression(read(text)), text)
  t.is(formatExpression(read('((a) * (b)) + (-(c))')), 'a * b + -c')
  t.is(formatExpression(read('+a')), 'a')
})

test('statements are written one after another; one without a name is its expression', t => {
  t.is(formatStatements(statementsOf({ who: 'loss', text: 'a=b*2\nsum( a )' }, true)), 'a = b * 2; sum(a)')
})

test('an expression is visited from the outside in, and its names are told in their order', t => {
  const seen: string[] = []
  visit(read('a * tanh(b - 2)'), part => seen.push(formatExpression(part)))
  t.deepEqual(seen, ['a * tanh(b - 2)', 'a', 'tanh(b - 2)', 'b - 2', 'b', '2'])
  t.deepEqual(
    namesIn(read('a * tanh(b - 2) + a')).map(({ name, at }) => [name, at]),
    [
      ['a', 0],
      ['b', 9],
      ['a', 18],
    ],
  )
})
