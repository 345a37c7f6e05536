import test from 'ava'
import { singlePrecision } from '../../../ad/modes/annotated.ts'
import { cost, counting } from '../../../ad/modes/cost.ts'
import { provenance, type Tags } from '../../../ad/modes/provenance.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { matvec, outer } from '../../../ad/primitives/contraction.ts'
import { add, greater, mul, sub, tanh, where } from '../../../ad/primitives/elementwise.ts'
import { gather } from '../../../ad/primitives/indexing.ts'
import { concat, slice, sum, transpose } from '../../../ad/primitives/layout.ts'
import { eye, type Tensor, tensor } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'

/** Every entry a source of its own, from a first one on. */
const own = (x: Tensor, first: number): Tags => Array.from(x.data, (_, i) => 1n << BigInt(first + i))

/** The sources of a program of two values, in words. */
const sources = (f: (a: Value, b: Value) => Value, a: Tensor, b: Tensor): readonly string[] => {
  const { from, of } = provenance()
  const names = [...'abcdefghijklmnop']
  return of(f(from(a, own(a, 0)), from(b, own(b, a.data.length)))).map(tags =>
    names.filter((_, i) => (tags >> BigInt(i)) & 1n).join(''),
  )
}

const [two, three] = [tensor([1, 2]), tensor([3, 4, 5])]
const matrix = tensor([
  [1, 2],
  [3, 4],
])

test('an entry comes from what changes it: its row, its place, all of a sum', t => {
  t.deepEqual(
    sources((W, x) => matvec(W, x), matrix, two),
    ['abef', 'cdef'],
  )
  t.deepEqual(
    sources((x, y) => outer(x, y), two, three),
    ['ac', 'ad', 'ae', 'bc', 'bd', 'be'],
  )
  t.deepEqual(
    sources((x, y) => concat([slice(y, 1, 3), tanh(x)]), two, three),
    ['d', 'e', 'a', 'b'],
  )
  t.deepEqual(
    sources((x, y) => mul(sum(x), y), two, three),
    ['abc', 'abd', 'abe'],
  )
  t.deepEqual(
    sources((W, x) => transpose(mul(W, x)), matrix, two),
    ['ae', 'ce', 'bf', 'df'],
  )
})

test('a row that is picked by number comes from the row and from all the numbers', t => {
  t.deepEqual(
    sources((W, at) => gather(W, at), matrix, tensor([1, 0, 1])),
    ['cefg', 'defg', 'aefg', 'befg', 'cefg', 'defg'],
  )
})

test('what is multiplied by a zero of the program counts for nothing; a number that happens to be 0 does', t => {
  t.deepEqual(
    sources((W, x) => matvec(mul(W, eye(2)), x), matrix, two),
    ['ae', 'df'],
  )
  t.deepEqual(
    sources((x, y) => mul(x, slice(y, 0, 2)), tensor([0, 0]), three),
    ['ac', 'bd'],
  )
})

test('of a choice both sides and the condition count, of one by the program the chosen side', t => {
  t.deepEqual(
    sources((x, y) => where(greater(x, 0), slice(y, 0, 2), slice(y, 1, 3)), two, three),
    ['acd', 'bde'],
  )
  t.deepEqual(
    sources((x, y) => where(tensor([1, 0]), x, slice(y, 0, 2)), two, three),
    ['a', 'd'],
  )
})

test('after a look at numbers, what the program makes of its own numbers depends on them', t => {
  const looking = (x: Value, y: Value): Value => (item(sum(x)) > 0 ? add(y, tensor([1, 1, 1])) : y)
  t.deepEqual(sources(looking, two, three), ['abc', 'abd', 'abe'])
})

test('what is made of values with sources alone does not depend on what was looked at, and constants do', t => {
  const { from, of } = provenance()
  const [x, y] = [from(two, own(two, 0)), from(three, own(three, 2))]
  t.deepEqual(of(tensor([7, 8])), [0n, 0n])
  t.deepEqual(of(mul(x, 2)), [1n, 2n])
  item(sum(x))
  t.deepEqual(of(mul(y, y)), [4n, 8n, 16n])
  t.deepEqual(of(tensor([7, 8])), [3n, 3n])
  t.deepEqual(of(mul(y, 2)), [7n, 11n, 19n])
})

test('the sources of a result may be changed by the operation and those of its arguments', t => {
  const heard: unknown[] = []
  const { from, of } = provenance((row, tags, args, out) => {
    heard.push([row.name, args, out.data.length])
    return tags.map(sources => sources << 4n)
  })
  t.deepEqual(of(mul(from(two, [1n, 2n]), 3)), [16n, 32n])
  t.deepEqual(heard, [['mul', [[1n, 2n], []], 2]])
})

test('a derivative inside of it is followed too', t => {
  const slope = (x: Value, y: Value): Value => grad((z: Value) => sum(mul(tanh(z), slice(y, 0, 2))))(x)
  t.deepEqual(sources(slope, two, three), ['ac', 'bd'])
})

test('single precision rounds every result to 32 bits', t => {
  const { single, numbers } = singlePrecision()
  const x = single(tensor([1 / 3]))
  t.is(numbers(x).data[0], Math.fround(1 / 3))
  t.is(numbers(mul(x, x)).data[0], Math.fround(Math.fround(1 / 3) ** 2))
  t.is(item(sub(sum(x), 0)), Math.fround(1 / 3))
})

test('operations counted as they run are those counted on the graph, where every one is needed once', t => {
  const program = (W: Value, x: Value): Value => tanh(add(matvec(W, x), x))
  const { counts, operations } = counting()
  program(counts(matrix), counts(two))
  const [W, x] = [matrix.shape, two.shape]
  t.is(operations(), cost(([a, b]) => [program(a as Value, b as Value)], [W, x]).operations)
  t.is(operations(), 2 * 4 + 2 + 2)
})
