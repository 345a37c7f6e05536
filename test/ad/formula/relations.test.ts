import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
import { functions } from '../../../ad/formula/evaluate.ts'
import { relate } from '../../../ad/formula/relations.ts'
import type { Call, Expr } from '../../../ad/formula/statements.ts'
import { type Box, box, type Rank, rankOf, shapeOf, united } from '../../../ad/formula/unify.ts'
import { cell } from '../../../nets/formulas/cell.ts'
import { rng } from '../../../nets/random.ts'

const misfits: Readonly<Record<string, string>> = {
  'h = tanh(W*h + V*x + U*x)/x': '`/` of tanh(W * h + V * x + U * [?] and x [n]',
  'h = tanh(h)*h': '`*` of tanh(h) [d] and h [d]',
  'h = (W*h)*(V*x)': '`*` of W * h [?] and V * x [?]',
}

for (const [text, given] of Object.entries(misfits))
  test(`shapes that do not fit are named beside the first 24 characters of what has them: ${text}`, t => {
    const thrown = t.throws(() => cell(text), { instanceOf: ShapeError }) as ShapeError
    t.true(thrown.given.endsWith(`: ${given}`) || thrown.given.endsWith(` ${given}`), thrown.given)
    t.false(thrown.given.includes(', for'))
  })

test('a product of two matrices is a matrix, entry by entry and as matrices', t => {
  for (const text of ['h = tanh((W*W)*h + V*x)', 'h = tanh((W .* W)*h + V*x)'])
    t.deepEqual(Object.keys(cell(text).params({ d: 3, n: 2, m: 1 }, rng(1))).toSorted(), ['V', 'W'], text)
})

const source = { who: 'cell', text: 'a ? b' }
const callOf = (f: string, count: number): Call => {
  const args = ['a', 'b'].slice(0, count).map((name, i): Expr => ({ kind: 'name', name, at: 4 * i }))
  return { kind: 'call', f, args, at: 2 }
}
const related = (f: string, ...boxes: readonly Box[]): boolean => relate(source, callOf(f, boxes.length - 1), boxes)

/** The rank of what comes of arguments of these ranks; null where they are refused. */
const outcome = (f: string, ranks: readonly Rank[]): Rank | null | undefined => {
  const out = box([0, 1, 2])
  try {
    related(f, ...ranks.map(rank => box([rank])), out)
  } catch {
    return null
  }
  return rankOf(out)
}

const ranks: readonly Rank[] = [0, 1, 2]
const entries = (a: Rank, b: Rank): Rank | null => (a === b || b === 0 ? a : a === 0 ? b : null)
const two: Readonly<Record<string, (a: Rank, b: Rank) => Rank | null>> = {
  '+': entries,
  '-': entries,
  '.*': entries,
  './': entries,
  '*': (a, b) => (a === 0 || b === 0 ? entries(a, b) : a === 2 ? b : null),
  '/': (a, b) => (a === 0 || b === 0 ? entries(a, b) : null),
  '^': (a, b) => (b === 0 && a < 2 ? a : null),
  '.^': (a, b) => (b === 0 ? a : null),
  dot: (a, b) => (a === 1 && b === 1 ? 0 : null),
}

for (const [f, wanted] of Object.entries(two))
  test(`the rank of what comes of two arguments: ${f}`, t => {
    for (const a of ranks) for (const b of ranks) t.is(outcome(f, [a, b]), wanted(a, b), `${a} ${b}`)
  })

test('the rank of what comes of one argument follows from the manner of the function', t => {
  const wanted = {
    entrywise: (a: Rank) => a,
    total: () => 0,
    along: (a: Rank) => (a === 1 ? 1 : null),
    gathered: (a: Rank) => (a === 1 ? 0 : null),
  }
  for (const [f, { manner }] of functions)
    if (manner !== 'pair') for (const a of ranks) t.is(outcome(f, [a]), wanted[manner](a) as Rank | null, `${f} ${a}`)
})

test('what comes of an operation says what its arguments are', t => {
  const [a, b] = [box([0, 1, 2]), box([0, 1, 2])]
  t.true(related('neg', a, box([2])))
  t.is(rankOf(a), 2)
  related('dot', b, box([1]), box([0]))
  t.is(rankOf(b), 1)
})

/** The sizes that two arguments and what comes of them have, once all are told. */
const sizes = (f: string, a: Box, b: Box, out: Box): readonly string[] => {
  related(f, a, b, out)
  return [a, b, out].map(one => shapeOf(one).join(' '))
}

test('sizes that meet in an operation are the same', t => {
  t.deepEqual(sizes('*', box([2], 'd'), box([1], 'n'), box([1])), ['d n', 'n', 'd'])
  t.deepEqual(sizes('*', box([2], 'd'), box([2], 'n', 'm'), box([2])), ['d n', 'n m', 'd m'])
  t.deepEqual(sizes('*', box([2]), box([2], 'n'), box([2], 'd', 'm')), ['d n', 'n m', 'd m'])
  t.deepEqual(sizes('+', box([2], 'd'), box([2], undefined, 'n'), box([2])), ['d n', 'd n', 'd n'])
  t.deepEqual(sizes('+', box([1]), box([1]), box([1], 'd')), ['d', 'd', 'd'])
  t.deepEqual(sizes('*', box([0]), box([2], 'd', 'n'), box([2])), ['', 'd n', 'd n'])
  t.deepEqual(sizes('*', box([2], 'd', 'n'), box([0]), box([2])), ['d n', '', 'd n'])
  t.deepEqual(sizes('dot', box([1], 'd'), box([1]), box([0])), ['d', 'd', ''])
})

test('the sizes that a number has no use for are left alone', t => {
  const number = box([0])
  for (const f of ['*', '+', '/']) related(f, number, box([1], 'd'), box([1]))
  for (const f of ['*', '+', '/']) related(f, box([1], 'n'), number, box([1]))
  related('sum', box([1], 'd'), number)
  related('*', box([2], 'd', 'n'), number, box([2]))
  t.deepEqual([number.rows, number.columns], [{}, {}])
})

test('it is told whether a rank was learned; sizes are made one without a word', t => {
  const [W, x, out] = [box([2], 'd', 'n'), box([1], 'n'), box([0, 1, 2])]
  t.true(related('*', W, x, out))
  t.false(related('*', W, x, out))
  const sized = box([1])
  t.false(related('*', W, x, sized))
  t.deepEqual(shapeOf(sized), ['d'])
  t.true(related('*', W, x, box([0, 1], 'd')))
  t.false(related('+', box([0, 1]), box([0, 1]), box([0, 1])), 'nothing can be told yet')
})

test('sizes that are others are refused, with what comes of them where it is known', t => {
  const product = () => related('*', box([2], 'd', 'n'), box([1], 'd'), box([1], 'd'))
  t.throws(product, {
    instanceOf: ShapeError,
    message: /`\*` of a \[d, n\] and b \[d\], for \[d\]; wanted.*matrix to the left/,
  })
  t.throws(() => related('neg', box([1], 'd'), box([1], 'n')), { message: /`-` of a \[d\], for \[n\].*Put a matrix/ })
  t.throws(() => related('^', box([1]), box([1]), box([0, 1])), { message: /`\^` of a \[\?\] and b \[\?\]; wanted/ })
  const open: Box = box([1])
  united([open.rows, { name: 'n' }])
  t.throws(() => related('-', open, box([1], 'd'), box([1])), { message: /`-` of a \[n\] and b \[d\]/ })
})
