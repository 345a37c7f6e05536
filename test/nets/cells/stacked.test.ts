/** Cells made of others, on numbers worked out by hand; what does not fit is refused. */
import test from 'ava'
import { KindError, NameError, ShapeError } from '../../../ad/errors.ts'
import { add, mul } from '../../../ad/primitives/elementwise.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { type Cell, cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { type AnyCell, residual, stacked, withConnectivity } from '../../../nets/cells/stacked.ts'
import { rng } from '../../../nets/random.ts'

const sizes = { d: 2, n: 2, m: 1 }
const list = (x: unknown): readonly number[] => [...(x as Tensor).data]
/** c ← c + x, with the output w c + x, as wide as the input. */
const adding = cell({ params: { w: [1] }, state: { c: ['n'] } }, (_, { c }, x) => ({ c: add(c, x) }), {
  output: ({ w }, { c }, x) => add(mul(w, c), x),
  width: ({ n }) => n,
}) as unknown as AnyCell
const weights = (w: number) => ({ w: tensor([w]) })
const x = tensor([1, -1])

test('each layer reads the output of the one below, the readout the last, and a broadcast all', t => {
  const made = stacked([adding, adding, adding])
  const θ = { layer1: weights(2), layer2: weights(10), layer3: weights(0) }
  const s = made.step(θ, made.start(made.zeroState(sizes)), x)
  // c₁ = x, o₁ = 3 x; c₂ = 3 x, o₂ = 33 x; c₃ = 33 x, o₃ = 33 x
  t.deepEqual(
    (['layer1', 'layer2', 'layer3'] as const).map(name => list((s[name] as Branch).c)),
    [
      [1, -1],
      [3, -3],
      [33, -33],
    ],
  )
  t.deepEqual(list(made.output(θ, s, x)), [33, -33])
  t.deepEqual(list(made.broadcast?.(θ, s, x)), [3, -3, 33, -33, 33, -33])
})

test('a layer has as many inputs as the one below has outputs, and the units that are given for it', t => {
  const made = stacked([leaky() as never, leaky() as never, leaky() as never], [4, 3, 2])
  const { layer1, layer2, layer3 } = made.params(sizes, rng(1)) as Readonly<Record<string, Branch>>
  t.deepEqual(
    [layer1, layer2, layer3].map(layer => (layer as { readonly W_in: Tensor }).W_in.shape),
    [
      [4, 2],
      [3, 4],
      [2, 3],
    ],
  )
  t.is(made.width?.(sizes), 2)
  t.is(stacked([leaky() as never, adding]).width?.({ ...sizes, n: 5 }), 2)
  t.is(stacked([adding, adding]).width?.({ ...sizes, n: 5 }), 5)
})

test('widths that do not fit the layers or the network are refused', t => {
  const of = (count: number, widths: readonly number[]) => () =>
    stacked(new Array<AnyCell>(count).fill(leaky() as never), widths).params({ d: 3, n: 1, m: 1 }, rng(1))
  t.throws(of(3, [4, 3]), { instanceOf: ShapeError, message: /^stacked: 2 widths for 3 layers; wanted 3 widths/ })
  t.throws(of(1, [4, 3]), { instanceOf: ShapeError, message: /^stacked: 2 widths for 1 layers; wanted 1 widths/ })
  t.throws(of(2, [3, 4]), {
    instanceOf: ShapeError,
    message: /^stacked: a top layer of 4 units in a net of d = 3; wanted d = 4/,
  })
  t.notThrows(of(2, [4, 3]))
  t.throws(() => stacked([]), { instanceOf: ShapeError, message: /^stacked: no layers; wanted at least one/ })
  t.throws(() => stacked(leaky as never), { instanceOf: KindError, message: /^stacked: the function leaky/ })
})

test('a residual layer adds its input to its output, and needs as many of both', t => {
  const made = residual(adding)
  const s = made.step(weights(2), made.start(made.zeroState(sizes)), x)
  t.deepEqual(
    [list((s.inner as Branch).c), list(s.h)],
    [
      [1, -1],
      [4, -4],
    ],
  )
  t.is(made.output(weights(2), s, x), s.h)
  t.deepEqual(list(made.broadcast?.(weights(2), s, x)), [3, -3])
  t.is(made.width?.({ ...sizes, n: 7 }), 7)
  const begun = made.start({ inner: { c: tensor([5, 6]) }, h: tensor([7, 8]) })
  t.deepEqual(
    [list((begun.inner as Branch).c), list(begun.h)],
    [
      [5, 6],
      [7, 8],
    ],
  )
  t.throws(() => residual(leaky()).params({ ...sizes, n: 3 }, rng(1)), {
    instanceOf: ShapeError,
    message: /^residual: 3 inputs to 2 units; wanted as many inputs as units/,
  })
  const pairs = { ...(adding as Cell<Branch, Branch>), width: () => 4 }
  t.throws(() => residual(pairs).params(sizes, rng(1)), { message: /^residual: 2 inputs to 4 outputs/ })
  t.throws(() => residual(leaky as never), { instanceOf: KindError, message: /^residual: / })
})

test('where a mask is 0 a weight counts for nothing: in a step, an output, a broadcast, and where it begins', t => {
  const masks = { w: tensor([0]) }
  const made = withConnectivity(residual(adding), masks)
  const s = made.step(weights(2), made.zeroState(sizes), x)
  t.deepEqual(list(s.h), [2, -2])
  t.deepEqual(list(made.broadcast?.(weights(2), s, x)), [1, -1])
  t.deepEqual(list(withConnectivity(adding, masks).output(weights(2), { c: x }, x)), [1, -1])
  t.is(withConnectivity(adding, masks).broadcast, undefined)
  const W_rec = tensor([
    [1, 0],
    [0, 1],
  ])
  const begun = withConnectivity(leaky(), { W_rec }).params(sizes, rng(1))
  const full = leaky().params(sizes, rng(1))
  t.deepEqual(
    list(begun.W_rec).map(x => x + 0),
    [list(full.W_rec)[0], 0, 0, list(full.W_rec)[3]],
  )
  t.deepEqual(list(begun.W_in), list(full.W_in))
})

test('a mask of no parameter, or of another shape, is refused', t => {
  const of = (masks: unknown) => () => withConnectivity(leaky(), masks as never).params(sizes, rng(1))
  t.throws(of({ W: tensor([1]) }), {
    instanceOf: NameError,
    message: /^withConnectivity: a mask for W; wanted W_rec, W_in, b_rec/,
  })
  t.throws(of({ W_rec: tensor([1, 0]) }), {
    instanceOf: ShapeError,
    message: /^withConnectivity: a mask \[2\] for W_rec; wanted \[2, 2\]/,
  })
  t.throws(of(tensor([1])), { instanceOf: KindError, message: /^withConnectivity: .*masks by the names/ })
  t.throws(() => withConnectivity(leaky as never, {}), { instanceOf: KindError, message: /^withConnectivity: / })
})
