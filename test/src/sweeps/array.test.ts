import test from 'ava'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { arrayOf, numbersIn } from '../../../src/sweeps/array.ts'

test('positions are written in stretches, from a base', t => {
  t.is(arrayOf([]), '')
  t.is(arrayOf([3]), '3')
  t.is(arrayOf([0, 1, 2, 5, 7, 8]), '0-2,5,7-8')
  t.is(arrayOf([0, 1, 2, 5, 7, 8], 1), '1-3,6,8-9')
})

test('what is written is read back', t => {
  const positions = fc.uniqueArray(fc.nat(60), { minLength: 1 }).map(list => list.toSorted((a, b) => a - b))
  fc.assert(
    fc.property(positions, fc.constantFrom(0, 1), (list, base) => {
      const text = arrayOf(list, base)
      t.deepEqual(numbersIn('--index', text), E.right(list.map(x => x + base)))
      // the shortest there is: no two stretches meet
      const ends = text.split(',').map(part => part.split('-').map(Number))
      for (const [i, [first = 0]] of ends.entries()) if (i > 0) t.true(first > (ends[i - 1]?.at(-1) ?? 0) + 1)
    }),
  )
})

test('numbers that are given twice or out of order are taken once, in order', t => {
  t.deepEqual(numbersIn('--index', '7, 3-5,4'), E.right([3, 4, 5, 7]))
})

for (const text of ['', 'x', '-1', '3,', '5-3', '1.5', '0-9999999', '1e3'])
  test(`'${text}' is no array expression`, t => {
    const found = numbersIn('--index', text)
    t.true(E.isLeft(found))
    if (E.isLeft(found))
      t.regex(found.left[0]?.message ?? '', /^run: --index .*wanted whole numbers as 3 or 3,17-19\. Try/)
  })
