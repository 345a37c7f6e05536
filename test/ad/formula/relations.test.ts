import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
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
