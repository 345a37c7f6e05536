import test from 'ava'
import { nearest } from '../../ad/did-you-mean.ts'

const meant = (cases: readonly (readonly [given: string, known: readonly string[], meant: string | undefined])[]) =>
  cases.map(([given, known]) => nearest(given, known))
const wanted = (cases: readonly (readonly [string, readonly string[], string | undefined])[]) =>
  cases.map(([, , name]) => name)

test('a name one edit away is meant, two edits away where the first letter is the same', t => {
  const cases = [
    ['x', [], undefined],
    ['cat', ['dog', 'bat'], 'bat'],
    ['CAT', ['Cats'], 'Cats'],
    ['abcd', ['axyd'], 'axyd'],
    ['xbcd', ['ybce'], undefined],
    ['abcd', ['axyz'], undefined],
  ] as const
  t.deepEqual(meant(cases), wanted(cases))
})

test('the nearest of several names is meant: the first of equals, letters in another order before other letters', t => {
  const cases = [
    ['ab', ['aa', 'ac'], 'aa'],
    ['abdc', ['abxx', 'abcd'], 'abcd'],
    ['abdc', ['abcd', 'abd'], 'abd'],
  ] as const
  t.deepEqual(meant(cases), wanted(cases))
})

test('the beginning of one name alone is meant, of three letters at least', t => {
  const cases = [
    ['lea', ['momentum', 'learning_rate'], 'learning_rate'],
    ['LEARN', ['learning_rate'], 'learning_rate'],
    ['le', ['learning_rate'], undefined],
    ['lea', ['learning_rate', 'leak_of_units'], undefined],
    ['rate', ['learning_rate'], undefined],
  ] as const
  t.deepEqual(meant(cases), wanted(cases))
})
