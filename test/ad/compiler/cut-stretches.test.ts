/** Operations that make a matrix and multiply a vector by it, written by hand: cut into stretches they write the same numbers. */
import test, { type ExecutionContext } from 'ava'
import { offsetIn, rootOf } from '../../../ad/compiler/allocate.ts'
import { type Argument, type Call, isView, type Operation, type Repeat } from '../../../ad/compiler/operations.ts'
import { inStretches } from '../../../ad/compiler/stretches.ts'
import { type Store, type View, wholeOf } from '../../../ad/compiler/views.ts'

const place = (size: number): Store => ({ size, made: -1, stored: false })
const view = (...shape: readonly number[]): View => wholeOf(place(shape.reduce((a, b) => a * b, 1)), shape)
const call = (kernel: string, args: readonly Argument[], repeats: readonly Repeat[] = []): Call => ({
  kind: 'call',
  kernel,
  args,
  repeats,
})

/** Where every argument of a call begins, each time that it is repeated. */
const turns = ({ args, repeats }: Call): readonly (readonly number[])[] =>
  repeats.reduce<readonly (readonly number[])[]>(
    (all, { count, steps }) =>
      all.flatMap(at => Array.from({ length: count }, (_, i) => at.map((from, k) => from + i * (steps[k] ?? 0)))),
    [args.map(arg => (isView(arg) ? offsetIn(arg) : 0))],
  )

/** Adds numbers, in up to two axes: their sizes, the strides where they go, and those where they come from. */
const moved = (into: Float64Array, from: Float64Array, o: number, x: number, words: readonly number[]): void => {
  const rank = words.length / 3
  const at = (list: number, i: number, j: number): number =>
    (rank === 2 ? i * words[list * 2]! : 0) + j * words[list * rank + rank - 1]!
  const [height, length] = [rank === 2 ? words[0]! : 1, words[rank - 1]!]
  for (let i = 0; i < height; i++) for (let j = 0; j < length; j++) into[o + at(1, i, j)]! += from[x + at(2, i, j)]!
}

/** What the kernels do, one number after the other. */
const carryOut = (operations: readonly Operation[]) => {
  const held = new Map<Store, Float64Array>()
  const numbers = (of: Argument): Float64Array => {
    const root = rootOf((of as View).store)
    const known = held.get(root) ?? Float64Array.from({ length: root.size }, (_, i) => ((i * 7) % 11) - 5)
    held.set(root, known)
    return known
  }
  for (const one of operations as readonly Call[]) {
    const [out, a, b] = one.args as readonly [View, View, View]
    const rest = one.args.slice(3) as readonly number[]
    for (const [o, x, y] of turns(one) as readonly (readonly [number, number, number])[]) {
      const product = (
        m: number,
        k: number,
        n: number,
        [r, c]: readonly number[],
        [s, d]: readonly number[],
        row: number,
        adds: number,
      ) => {
        const [into, left, right] = [numbers(out), numbers(a), numbers(b)]
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = adds ? into[o + i * row + j]! : 0
            for (let l = 0; l < k; l++) sum += left[x + i * r! + l * c!]! * right[y + l * s! + j * d!]!
            into[o + i * row + j] = sum
          }
      }
      if (one.kernel === 'gemm') product(rest[0]!, rest[1]!, rest[2]!, rest.slice(3), rest.slice(5), rest[7]!, rest[8]!)
      if (one.kernel === 'vecmat') product(1, rest[0]!, rest[1]!, [0, 1], [rest[1]!, 1], 0, 0)
      if (one.kernel === 'move') moved(numbers(out), numbers(a), o, x, one.args[3] as readonly number[])
      if (one.kernel === 'outer') product(rest[0]!, 1, rest[1]!, [1, 0], [0, 1], rest[2]!, rest[3]!)
    }
  }
  return numbers
}

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
