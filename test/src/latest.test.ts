import test from 'ava'
import { latest } from '../../src/latest.ts'

test('the results found last are kept, and the oldest leaves first; what throws is asked for again', t => {
  const asked: string[] = []
  const twice = latest(2, (word: string, times: number) => {
    asked.push(word)
    if (word === '') throw new RangeError('nothing')
    return word.repeat(times)
  })
  t.deepEqual([twice('a', 2), twice('a', 2), twice('a', 3)], ['aa', 'aa', 'aaa'])
  t.deepEqual(asked, ['a', 'a'])
  t.is(twice('b', 2), 'bb')
  t.is(twice('a', 3), 'aaa')
  t.deepEqual(asked, ['a', 'a', 'b'])
  t.is(twice('a', 2), 'aa')
  t.deepEqual(asked, ['a', 'a', 'b', 'a'])
  for (const _ of [1, 2]) t.throws(() => twice('', 1), { instanceOf: RangeError })
  t.deepEqual(asked.slice(4), ['', ''])
})
