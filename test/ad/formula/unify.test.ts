import test from 'ava'
import { box, narrowed, possible, type Rank, rankOf, root, shapeOf, shown, united } from '../../../ad/formula/unify.ts'

const ranks: readonly Rank[] = [0, 1, 2]

test('a shape has the ranks it is made with, and one when one is left', t => {
  for (const some of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] as const) {
    const one = box(some)
    t.deepEqual(
      ranks.filter(rank => possible(one, rank)),
      [...some],
    )
    t.is(rankOf(one), some.length === 1 ? some[0] : undefined)
  }
})

test('a shape is shown in the names of its sizes, as far as they are known', t => {
  t.deepEqual(shapeOf(box([2], 'd', 'n')), ['d', 'n'])
  t.deepEqual(shapeOf(box([1], 'd')), ['d'])
  t.deepEqual(shapeOf(box([0])), [])
  t.is(shown(box([2], 'd')), '[d, ?]')
  t.is(shown(box([1], 'n')), '[n]')
  t.is(shown(box([0])), 'a number')
  t.is(shown(box([0, 1], 'd')), 'of no known shape')
  t.throws(() => shapeOf(box([1, 2])), { message: /internal: a shape of no rank yet/ })
})

test('sizes that are made one have one name, through any number of others', t => {
  const [a, b, c, d] = [{}, {}, {}, { name: 'd' }]
  for (const pair of [
    [a, b],
    [b, a],
    [c, b],
    [d, a],
    [c, { name: 'd' }],
  ] as const)
    t.true(united(pair))
  for (const size of [a, b, c]) t.is(root(size), d)
  t.false(united([c, { name: 'n' }]))
  t.false(united([{ name: 'n' }, { name: 'd' }]))
  const [open, other] = [{}, {}]
  t.true(united([open, { name: 'n' }]) && united([{ name: 'm' }, other]))
  t.deepEqual([root(open).name, root(other).name], ['n', 'm'])
})

test('shapes keep the ranks that go together, and none of them is taken where none do', t => {
  const [a, b] = [box([0, 1, 2]), box([1, 2])]
  const alike = ranks.map(rank => [rank, rank] as const)
  t.true(narrowed([a, b], alike))
  t.deepEqual(
    ranks.map(rank => [possible(a, rank), possible(b, rank)]),
    [
      [false, false],
      [true, true],
      [true, true],
    ],
  )
  t.false(narrowed([a, b], alike), 'there is nothing more to learn')
  t.is(narrowed([a, box([0])], alike), undefined)
  t.true(possible(a, 1) && possible(a, 2))
  const [c, d] = [box([1, 2]), box([0, 1])]
  t.true(
    narrowed(
      [c, d],
      [
        [1, 1],
        [2, 2],
      ],
    ),
    'what the second loses is told too',
  )
  t.deepEqual([rankOf(c), rankOf(d)], [1, 1])
  t.true(narrowed([box([1]), box([1, 2])], alike), 'what the last alone loses is told')
})
