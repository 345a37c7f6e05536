import test from 'ava'
import { formatExpression } from '../../../ad/formula/statements.ts'
import { drivenBy } from '../../../nets/formulas/drive.ts'
import { formulaOf } from '../../../nets/formulas/parse.ts'

/** The inputs of the drive of a text, and what is left of its statements; null where it has none. */
const driven = (text: string, options: Parameters<typeof formulaOf>[1] = {}) => {
  const found = drivenBy(formulaOf(text, options))
  if (!found) return null
  const inputs = Object.entries(found.inputs).map(([name, z]) => `${name}: ${z === 1 ? 1 : formatExpression(z)}`)
  return [inputs.join(', '), ...found.rest.map(({ name, expression }) => `${name} = ${formatExpression(expression)}`)]
}

test('a text is cut at the sum in which all its parameters meet, each with its input', t => {
  t.deepEqual(driven('h = tanh(W*h + V*x + b)'), ['W: h, V: x, b: 1', 'h = tanh( u)'])
  t.deepEqual(driven('h = 0.5 * h + tanh(b + W*tanh(h))'), ['b: 1, W: tanh(h)', 'h = 0.5 * h + tanh( u)'])
  t.deepEqual(driven('u = W*h + V*x; h = tanh(u) .* u'), ['W: h, V: x', 'u =  u', 'h = tanh(u) .* u'])
  t.deepEqual(
    driven('h = tanh(W*h + V*c); c = h'),
    ['W: h, V: c', 'h = tanh( u)', 'c = h'],
    'a state that is assigned afterwards is known before',
  )
  t.deepEqual(driven('h = W*x'), ['W: x', 'h =  u'])
  t.deepEqual(driven('h = h + b'), ['b: 1', 'h = h +  u'])
  t.deepEqual(driven('h = tanh(h) .* (b + W*x)'), ['b: 1, W: x', 'h = tanh(h) .*  u'])
})

/** Texts whose parameters do not meet in one drive. */
const others: Readonly<Record<string, string>> = {
  'a parameter twice': 'h = tanh(W*h + W*tanh(h))',
  'a vector that is no bias': 'h = tanh(W*h + g*mean(h))',
  'a parameter entry by entry': 'h = tanh(W*h + g .* h)',
  'a matrix that is added': 'h = tanh((W + V)*h)',
  'a difference': 'h = tanh(W*h - V*x)',
  'a product of parameters': 'h = tanh(W*(V*h))',
  'a parameter outside': 'h = tanh(W*h + V*x) + b',
  'the input outside': 'h = tanh(W*h + V*x) .* mean(x)',
  'an input that this step assigns': 'c = 0.5 * c + h; h = tanh(W*c + V*x)',
  'rows that are no units': 'h = B*(A*x); c = 0.5 * c + h',
}

for (const [why, text] of Object.entries(others))
  test(`a text has no one drive: ${why}`, t => {
    t.is(driven(text), null)
  })

test('a matrix of other rows than units makes no drive', t => {
  t.is(driven('h = h .* sum(A*x)', { A: [3, 'n'] }), null)
})
