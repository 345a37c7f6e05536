import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
import { statementsOf } from '../../../ad/formula/grammar.ts'
import { shapesOf } from '../../../ad/formula/infer-shapes.ts'

const known = new Map([
  ['x', ['n']],
  ['h', ['d']],
])
const shapes = (
  text: string,
  shapes: ReadonlyMap<string, readonly string[]> = known,
): Readonly<Record<string, string>> => {
  const source = { who: 'cell', text }
  const found = shapesOf(source, statementsOf(source), { shapes, otherwise: 'q' })
  return Object.fromEntries([...found].map(([name, shape]) => [name, shape.join(' ')]))
}

test('shapes follow from use, forwards and backwards through statements', t => {
  t.like(shapes('u = A*v; v = B*x; h = C*u'), { A: 'q q', B: 'q n', C: 'd q', u: 'q', v: 'q' })
  t.like(shapes('h = W*h + V*x + b'), { W: 'd d', V: 'd n', b: 'd' })
  t.like(shapes('M = A .* B; h = M*x'), { M: 'd n', A: 'd n', B: 'd n' })
  t.like(shapes('M = A * B; h = M*x'), { A: 'd q', B: 'q n' })
  t.like(shapes('h = dot(a, x) * b'), { a: 'n', b: 'd' })
  t.like(shapes('k = sum(x); h = k * h'), { k: '' })
  t.like(shapes('k = logsumexp(a .* x); h = softmax(k * b)'), { k: '', a: 'n', b: 'd' })
})

test('where use leaves a choice it is the higher rank: a capital may be a matrix, a small letter is at most a vector', t => {
  t.like(shapes('u = sum(a); v = sum(A); w = sum(_A); h = h * u * v * w'), { a: 'q', A: 'q q', _A: 'q q' })
  t.like(shapes('u = a * 2; h = h + sum(u)'), { a: 'q', u: 'q' })
  t.like(shapes('h = h^A + h .* B^2'), { A: '', B: 'd' }, 'a capital where there can be no matrix')
  t.like(shapes('h = tanh(a) * h'), { a: '' }, 'a small letter before a vector is a number')
})

/** Statements whose sides do not fit, and what is said of them. */
const misfits: readonly (readonly [text: string, says: RegExp])[] = [
  ['h = x', /at column 1: h \[d\] = x \[n\]; wanted one shape on both sides/],
  ['u = 2; h = V*x; h = 1 * (x .* x)', /at column 17: h \[d\] = 1 \* \(x \.\* x\) \[n\]/],
  ['h = sum(x)', /h \[d\] = sum\(x\) a number/],
  ['h = tanh(x) + tanh(x) + tanh(x)', /h \[d\] = tanh\(x\) \+ tanh\(x\) \+ tanh \[n\]/],
  ['h = a*x + h', /`\+` of a \* x \[n\] and h \[d\]/],
]

for (const [text, says] of misfits)
  test(`sides of other shapes are refused: ${text}`, t => {
    t.throws(() => shapes(text), { instanceOf: ShapeError, message: says })
  })

test('a matrix that is given has both of its sizes', t => {
  const given = new Map([...known, ['W', ['n', 'd']], ['V', ['d', 'n']]])
  t.like(shapes('u = W*h; h = V*u', given), { u: 'n' })
  t.throws(() => shapes('h = W*x', given), { instanceOf: ShapeError, message: /`\*` of W \[n, d\] and x \[n\]/ })
  t.throws(() => shapes('W = V .* 2; h = V*x', given), {
    instanceOf: ShapeError,
    message: /W \[n, d\] = V \.\* 2 \[d, n\]/,
  })
})
