/** Operations that make a matrix and multiply a vector by it, written by hand: cut into stretches they write the same numbers. */
import test, { type ExecutionContext } from 'ava'
import type { Argument, Call, Operation } from '../../../ad/compiler/operations.ts'
import { inStretches } from '../../../ad/compiler/stretches.ts'
import { table } from '../../../ad/primitives/table.ts'
import { call, carryOut, place, view } from './carry-out.ts'

/** M ← a b, what is added, and s ← q M: a matrix just large enough to be cut. */
const [rows, width] = [128, 8192]
const [M, a, b, q, s] = [view(rows, width), view(rows, 1), view(1, width), view(rows), view(width)]
const product = call('gemm', [M, a, b, rows, 1, width, 1, 1, width, 1, width, 0])
const reader = call('vecmat', [s, q, M, rows, width])

/** Of each stretch, how many columns of the matrix it makes. */
const widths = (operations: readonly Operation[]): readonly number[] =>
  (operations as readonly Call[])
    .filter(({ kernel, args }) => kernel === 'gemm' && args[3] !== 1)
    .map(({ args }) => args[5] as number)

/** The widths of the stretches of a product with what is added to it; the numbers are those of the whole. */
const cut = (t: ExecutionContext, additions: readonly Call[]): readonly number[] => {
  const all = [product, ...additions, reader]
  const found = inStretches(all)
  t.true(found.length > all.length)
  const [whole, parts] = [carryOut(all), carryOut(found)]
  for (const one of [M, s]) t.true(whole(one).every((x, i) => x === parts(one)[i]))
  return widths(found)
}

/** Adds products of u and v to columns from `from` on: in every row n numbers for each of m of u. */
const folded = (from: number, m: number, n: number): Call =>
  call('outer', [{ ...M, at: from }, view(rows * m), view(n), m, n, n, 1], [{ count: rows, steps: [width, m, 0] }])

/** Adds a matrix to as many columns from `from` on. */
const joined = (from: number, n: number): Call =>
  call('move', [{ ...M, at: from }, view(rows, n), 2, [rows, n, width, 1, n, 1], 1])

const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0)

test('a stretch has as many columns as a cache holds of the rows, of what is added whole rows of a product', t => {
  t.deepEqual(cut(t, []), new Array(16).fill(512))
  t.deepEqual(cut(t, [folded(0, 256, 32)]), new Array(16).fill(512))
  // 96 is the first multiple of 32 that is one of 48
  t.deepEqual(cut(t, [folded(0, 170, 48)]), [...new Array(16).fill(480), 512])
})

test('what is added to other columns is cut there, and what begins between two tiles is cut nowhere within', t => {
  const aligned = cut(t, [folded(1024, 8, 64), folded(4096, 3, 1000)])
  t.is(sum(aligned), width)
  t.true(aligned.every(n => n <= 512 || n === 3008))
  const odd = cut(t, [folded(1000, 30, 64)])
  t.true(odd.some(n => n >= 30 * 64))
  t.is(sum(odd), width)
})

test('what is added as it lies, rows of a matrix or columns in another order, is added in one stretch', t => {
  for (const [from, n] of [
    [0, 40],
    [992, 1000],
    [1000, 1000],
    [8000, 192],
  ] as const) {
    const found = cut(t, [joined(from, n)])
    t.is(sum(found), width)
    const starts = found.map((_, i) => sum(found.slice(0, i)))
    t.true(starts.every(start => start <= from || start >= from + n))
  }
  const rowOf = call('outer', [{ ...M, at: 64 }, view(rows), view(900), rows, 900, width, 1])
  t.deepEqual(cut(t, [rowOf]).slice(0, 2), [64, 928])
})

test('what is added is cut at its ends, and within where its products lie one after the other alone', t => {
  t.deepEqual(cut(t, [joined(0, 1024)]).slice(0, 2), [1024, 512])
  t.deepEqual(cut(t, [joined(32, width - 32)]), [32, width - 32])
  t.deepEqual(cut(t, [joined(0, width - 32)]), [width - 32, 32])
  // products of 32 columns every 64, then two rows of products that begin in the midst of each other
  const apart = call('outer', [M, view(16), view(32), 16, 32, 64, 1])
  t.is(cut(t, [apart])[0], 15 * 64 + 32)
  const twice = call('outer', [M, view(40), view(32), 20, 32, 32, 1], [{ count: 2, steps: [320, 20, 0] }])
  t.is(cut(t, [twice])[0], 30 * 32)
})

test('several are added in their order, those of a stretch and no others', t => {
  const found = inStretches([product, folded(0, 16, 32), joined(4096, 32), reader]) as readonly Call[]
  const kernels = found.map(({ kernel, args }) => (args[3] === 1 ? 'sum' : kernel)).join(' ')
  t.is(kernels, `gemm outer sum ${'gemm sum '.repeat(7)}gemm move sum${' gemm sum'.repeat(7)}`)
  cut(t, [joined(0, 64), folded(0, 16, 32), joined(32, 8), folded(8000, 6, 32)])
})

/** Operations that are left as they are. */
const whole = (t: ExecutionContext, ...operations: readonly Operation[]): boolean =>
  t.deepEqual(inStretches(operations), operations)

test('a matrix that one product does not make whole, in its own place, is left as it is', t => {
  const other = (changes: Readonly<Record<number, Argument>>): Call =>
    call(
      'gemm',
      product.args.map((arg, i) => changes[i] ?? arg),
    )
  whole(t, other({ 0: { ...M, at: 32 } }), reader)
  whole(t, other({ 0: view(rows, width) }), reader)
  whole(t, other({ 3: rows / 2 }), reader)
  whole(t, other({ 5: width / 2 }), reader)
  whole(t, other({ 9: rows }), reader)
  whole(t, other({ 10: 2 * width }), reader)
  whole(t, other({ 11: 1 }), reader)
  whole(t, { ...product, kernel: 'outer' }, reader)
  whole(t, { ...product, repeats: [{ count: 2, steps: [0, 0, 0] }] }, reader)
  whole(t, reader)
})

test('a matrix that a cache holds, or that is read more than once at a time, is left as it is', t => {
  const small = (n: number): readonly Call[] => {
    const matrix = view(rows, n)
    return [
      call('gemm', [matrix, a, b, rows, 1, n, 1, 1, width, 1, n, 0]),
      call('vecmat', [view(n), q, matrix, rows, n]),
    ]
  }
  whole(t, ...small(width - 1))
  whole(t, ...small(width / 2))
  t.true(inStretches(small(width)).length > 2)
  whole(t, product, { ...reader, repeats: [{ count: 2, steps: [0, 0, 0] }] })
  whole(t, product, call('vecmat', [s, q, { ...M, strides: [2 * width, 1] }, rows, width]))
  whole(t, product, call('gemm', reader.args))
})

test('a matrix with which something else is done between is left as it is', t => {
  const part = { ...M, at: 64, shape: [rows], strides: [width] }
  const step = { row: table.tanh!, args: [], options: {}, shape: [rows] }
  const between: Readonly<Record<string, Operation>> = {
    'written over': call('move', [{ ...M, at: 64 }, view(rows, 8), 2, [rows, 8, width, 1, 8, 1], 0]),
    'added to from a part of it': call('move', [M, { ...M, at: 64 }, 2, [rows, 8, width, 1, width, 1], 1]),
    'added to by a product of another kind': call('gemm', [M, view(rows), view(8), rows, 1, 8, 1, 1, 8, 1, width, 1]),
    'added to across the end of a row': call('outer', [{ ...M, at: width - 4 }, view(2), view(8), 2, 8, 8, 1]),
    'read by a call': call('tanh', [view(rows), part, rows]),
    'read by a row that is called back': { kind: 'host', step, out: view(rows), args: [part] },
    'written by a row that is called back': { kind: 'host', step, out: part, args: [view(rows)] },
    'read by a loop': { kind: 'loop', nest: [1, rows], lanes: [{ name: 'add', args: [part], store: place(rows) }] },
    'written by a loop': { kind: 'loop', nest: [rows, width], lanes: [{ name: 'add', args: [], store: M.store }] },
    'made of what is made': call('tanh', [b, view(width), width]),
  }
  for (const [what, operation] of Object.entries(between)) {
    const all = [product, operation, reader]
    t.deepEqual(inStretches(all), all, what)
  }
  whole(t, product, call('vecmat', [b, q, M, rows, width]))
})

test('a matrix inside a larger place is cut where it lies, but not with what is added before it', t => {
  const large = view(rows + 2, width)
  const inside = { ...large, at: width, shape: [rows, width] }
  const made = { ...product, args: [inside, ...product.args.slice(1)] }
  const read = { ...reader, args: [s, q, inside, rows, width] }
  const at = (from: number): Call => call('outer', [{ ...large, at: from }, view(4), view(32), 4, 32, 32, 1])
  const all = [made, at(width + 64), read]
  const found = inStretches(all)
  t.is(widths(found).length, 16)
  const [one, parts] = [carryOut(all), carryOut(found)]
  for (const of of [large, s]) t.true(one(of).every((x, i) => x === parts(of)[i]))
  whole(t, made, at(64), read)
})

test('one matrix after the other is cut, past one that is not', t => {
  const other = view(rows, width)
  const second = [
    { ...product, args: [other, ...product.args.slice(1)] },
    call('vecmat', [view(width), q, other, rows, width]),
  ]
  t.is(widths(inStretches([product, reader, ...second])).length, 32)
  const small = view(width, 2)
  const alone = call('vecmat', [view(2), view(width), small, width, 2])
  t.is(widths(inStretches([alone, ...second])).length, 16)
})
