import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { type EngineLike, engineOf } from '../../../ad/compiler/engine.ts'
import { DomainError, KindError, ShapeError } from '../../../ad/errors.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { exp, mul, where } from '../../../ad/primitives/elementwise.ts'
import { broadcastTo, slice, stack, sum } from '../../../ad/primitives/layout.ts'
import { ones, scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'

const engines = ['compiled-js', 'compiled-wasm'] as const
const list = (x: Value): readonly number[] => [...(x as Tensor).data]
const far = 2 ** 20

/** A compiled function that counts how often it is traced. */
const counting = () => {
  let traces = 0
  const f = compile((x: Value) => {
    traces++
    return sum(mul(x, x))
  })
  return { f, traces: () => traces }
}

test('a change of shape gives a new trace, not a wrong answer', t => {
  const { f, traces } = counting()
  t.deepEqual(
    [
      [1, 2, 3],
      [4, 5],
      [1, 2, 3],
    ].map(xs => item(f(tensor(xs)))),
    [14, 41, 14],
  )
  t.is(
    item(
      f(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ),
    30,
  )
  t.is(item(f(scalar(3))), 9)
  t.is(traces(), 4)
})

test('what is remembered is bounded: the shapes used last are kept, the oldest are traced again', t => {
  const { f, traces } = counting()
  for (let n = 1; n <= 40; n++) t.is(item(f(ones([n]))), n)
  t.is(traces(), 40)
  f(ones([40]))
  t.is(traces(), 40)
  t.is(item(f(ones([1]))), 1)
  t.is(traces(), 41)
  // 32 are kept: 1 and 10 … 40; those in their midst are used, and all are there after it
  for (const n of [25, 10, 30, 1, ...Array.from({ length: 31 }, (_, i) => i + 10)]) t.is(item(f(ones([n]))), n)
  t.is(traces(), 41)
  f(ones([9]))
  t.is(traces(), 42)
  f(ones([1]))
  t.is(traces(), 43, 'it had been used before all others')
})

test('control flow on values is refused in favour of `where`, which is compiled', t => {
  for (const engine of engines) {
    const branch = compile((x: Value) => (item(x) > 0 ? x : mul(2, x)), engine)
    t.regex(t.throws(() => branch(scalar(1)), { instanceOf: KindError })!.message, /where/)
    const chosen = compile(
      grad((x: Value) => sum(where(x, mul(3, x), mul(2, x)))),
      engine,
    )
    t.deepEqual(list(chosen(tensor([1, 0, -1]))), [3, 2, 3])
  }
})

test('a program that does not fit is refused before memory is allocated, by the size it asks for', t => {
  for (const engine of engines) {
    const huge = compile((x: Value) => sum(exp(broadcastTo(x, [far, far]))), engine)
    const { message } = t.throws(() => huge(scalar(1)), { instanceOf: DomainError })!
    t.regex(message, /needs (8388608|16777217) MiB/)
    t.regex(message, /eager/)
  }
})

test('a value that is only read takes no memory, however large', t => {
  const corner = compile((x: Value) => slice(slice(broadcastTo(x, [far, far]), 5, 6, 0), 1, 3, 1), 'compiled-wasm')
  t.deepEqual(list(corner(scalar(3))), [3, 3])
})

test('values of no numbers write nowhere', t => {
  const f = (x: Value, W: Value): Value => {
    const none = slice(stack([W, W]), 0, 0, 0)
    return sum(stack([sum(matmul(none, none)), sum(mul(x, x))]))
  }
  for (const engine of engines) t.is(item(compile(f, engine)(tensor([1, 2, 3]), ones([3, 3]))), 14)
})

test('places unlike the results are refused', t => {
  const twice = compile((x: Value) => mul(2, x))
  t.throws(() => twice.into(zeros([3]), tensor([1, 2])), { instanceOf: ShapeError })
})

test('results go into places for arguments of any structure, which are returned', t => {
  for (const engine of engines) {
    const f = compile(({ a, b }: { a: Value; b: readonly Value[] }) => ({ sum: mul(a, b[1]!), first: [b[0]!] }), engine)
    const places = { sum: zeros([2]), first: [scalar(0)] as const }
    t.is(f.into(places as never, { a: scalar(3), b: [scalar(5), tensor([1, 2])] }) as unknown, places)
    t.deepEqual([list(places.sum), list(places.first[0])], [[3, 6], [5]])
    const { sum, first } = f({ a: scalar(4), b: [scalar(7), tensor([1, 2])] })
    t.deepEqual([list(sum), list(first[0]!)], [[4, 8], [7]])
  }
})

test('an engine that is not there is refused, with what to do', t => {
  const refused = (engine: EngineLike, says: RegExp): void => {
    t.regex(t.throws(() => engineOf(engine), { instanceOf: DomainError })!.message, says)
  }
  refused('wasm' as never, /compiled-js, compiled-wasm/)
  refused(undefined as never, /^engine: no engine; wanted the name of one/)
  refused({ name: 'compiled-js', dtype: 'f16' as never }, /^engine: dtype f16; wanted f64 or f32/)
  refused({ name: 'eager', dtype: 'f32' }, /compiled-wasm/)
  refused({ name: 'compiled-blas', dtype: 'f64' }, /openblas\(\)/)
  t.throws(() => compile((x: Value) => x, 'fast' as never)(scalar(1)), { instanceOf: DomainError })
  t.like(engineOf('compiled-js'), { name: 'compiled-js', dtype: 'f64' })
})

test('an engine that is asked for twice is one engine, with the plans that it has made', t => {
  for (const name of ['eager', ...engines] as const) {
    const { plans } = engineOf(name)
    t.is(engineOf({ name, dtype: 'f64' }), engineOf(name))
    const [owner, part] = [{}, {}]
    const first = plans.get(owner, part, 'one', () => ({}))
    t.is(
      engineOf(name).plans.get(owner, part, 'one', () => ({})),
      first,
    )
    t.not(
      plans.get(owner, part, 'another', () => ({})),
      first,
    )
  }
  t.not(engineOf({ name: 'compiled-wasm', dtype: 'f32' }), engineOf('compiled-wasm'))
})
