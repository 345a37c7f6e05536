import test from 'ava'
import { DomainError } from '../../../ad/errors.ts'
import { statementsOf } from '../../../ad/formula/grammar.ts'
import { perform, simplified } from '../../../ad/formula/program.ts'
import { formatStatements } from '../../../ad/formula/statements.ts'
import type { Like } from '../../../ad/value.ts'

const simple = (text: string, given: Readonly<Record<string, number>> = {}) => {
  const source = { who: 'cell', text }
  const { statements, numbers } = simplified(source, statementsOf(source, true), new Map(Object.entries(given)))
  return { text: formatStatements(statements), numbers: Object.fromEntries(numbers) }
}

test('numbers are worked out beforehand, and a name that only stands for one is taken out', t => {
  t.is(simple('tau = 4; a = 1 / tau; h = (1 - a) * h + sum(h) * tanh(0)').text, 'h = 0.75 * h + sum(h) * 0')
  t.is(simple('k = 3; h = b * k').numbers.k, 3)
  t.is(simple('h = a * h', { a: 0.5 }).text, 'h = 0.5 * h')
  t.is(simple('h = h .^ a', { a: 3 }).text, 'h = h.^3')
  t.is(simple('h = 2^3 * h^(1 + 1)').text, 'h = 8 * h^2')
})

test('a number that is read before it is assigned is state, and stays', t => {
  t.is(simple('h = a * h; a = 2').text, 'h = a * h; a = 2')
  t.is(simple('h = h + 1; a = 2; b = a * h').text, 'h = h + 1; b = 2 * h')
  t.is(simple('a = 2; 1 + a', {}).text, '3', 'nor is one without a name taken out')
})

test('pi and π are known, unless they are assigned', t => {
  t.is(simple('h = pi * h - π').text, `h = ${Math.PI} * h - ${Math.PI}`)
  t.is(simple('pi = 3; h = pi * h').text, 'h = 3 * h')
  t.is(simple('pi = x; h = pi * h').text, 'pi = x; h = pi * h')
})

test('an exponent that is no number is refused where it stands, and so is a number that is not finite', t => {
  t.throws(() => simple('h = h^h'), { instanceOf: DomainError, message: /at column 7: an exponent that is no number/ })
  t.throws(() => simple('h = 2 .^ x'), { instanceOf: DomainError, message: /at column 10: an exponent that is no/ })
  t.throws(() => simple('h = h / (1 - 1) + 1 / (2 - 2)'), {
    instanceOf: DomainError,
    message: /at column 21: a number that is Infinity/,
  })
  t.notThrows(() => simple('h = x * h'))
})

test('a name is worth what was assigned to it before, else what is read', t => {
  const statements = statementsOf({ who: 'cell', text: 'a = b + 1; b = a * 10; c = b' })
  const env = perform(statements, () => 4 as Like)
  const worth = (name: string): number => Number((env.get(name) as { readonly data: Float64Array }).data[0])
  t.deepEqual(['a', 'b', 'c'].map(worth), [5, 50, 50])
  t.deepEqual([...env.keys()], ['a', 'b', 'c'])
})
