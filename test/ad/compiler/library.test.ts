import test from 'ava'
import type { Kernels } from '../../../ad/compiler/kernels.ts'
import { type Library, largeBy, works } from '../../../ad/compiler/library.ts'

type Call = readonly [who: string, ...args: readonly number[]]

/** The three products of our own and one of a library, which takes a call or does not; each notes what it is given. */
const stoodIn = (takes: boolean) => {
  const calls: Call[] = []
  const noted =
    (who: string, answer?: boolean) =>
    (...args: readonly number[]) => {
      calls.push([who, ...args])
      return answer
    }
  const own = Object.fromEntries(['gemm', 'matvec', 'vecmat'].map(name => [name, noted(`own ${name}`)]))
  const memory = { buffer: new ArrayBuffer(0) }
  const over = (dtype: string, on: unknown) =>
    dtype === 'f32' && on === memory ? { gemm: noted('library', takes) } : {}
  const library = { name: 'noted', least: {}, over } as unknown as Library
  return { calls, by: largeBy(library, own as unknown as Kernels, 'f32', memory) }
}

const sizes = [2, 3, 4, 5, 6, 7, 8, 9, 1] as const

test('a call that the library takes is made once, by it, with addresses that are not negative', t => {
  const { calls, by } = stoodIn(true)
  by.gemm(-8, -16, -24, ...sizes)
  t.deepEqual(calls, [['library', 2 ** 32 - 8, 2 ** 32 - 16, 2 ** 32 - 24, ...sizes]])
})

test('a call that the library does not take is made by our own kernel, with the arguments as they came', t => {
  const { calls, by } = stoodIn(false)
  by.gemm(-8, -16, -24, ...sizes)
  t.deepEqual(calls, [
    ['library', 2 ** 32 - 8, 2 ** 32 - 16, 2 ** 32 - 24, ...sizes],
    ['own gemm', -8, -16, -24, ...sizes],
  ])
})

test('a product that the library has not is our own', t => {
  const { calls, by } = stoodIn(true)
  by.matvec(0, 8, 16, 2, 3)
  by.vecmat(0, 8, 16, 2, 3)
  t.deepEqual(calls, [
    ['own matvec', 0, 8, 16, 2, 3],
    ['own vecmat', 0, 8, 16, 2, 3],
  ])
})

type Multiply = (memory: Float64Array | Float32Array, ...args: readonly number[]) => void

/** out += a b as a library may: places in bytes, strides in numbers. */
const multiply: Multiply = (memory, ...args) => {
  const [out, a, b, m, k, n, rsa, csa, rsb, csb, rso, adds] = args as Twelve
  const at = (place: number, i: number): number => place / memory.BYTES_PER_ELEMENT + i
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = adds === 1 ? (memory[at(out, i * rso + j)] as number) : 0
      for (let l = 0; l < k; l++)
        sum += (memory[at(a, i * rsa + l * csa)] as number) * (memory[at(b, l * rsb + j * csb)] as number)
      memory[at(out, i * rso + j)] = sum
    }
}
type Twelve = [number, number, number, number, number, number, number, number, number, number, number, number]

const libraryOf = (by: Multiply, dtypes: readonly string[] = ['f64', 'f32']): Library =>
  ({
    name: 'multiplies',
    least: {},
    over: (dtype: string, memory: Float64Array | Float32Array) => {
      const gemm = (...args: readonly number[]): boolean => {
        by(memory, ...args)
        return true
      }
      return dtypes.includes(dtype) ? { gemm } : {}
    },
  }) as unknown as Library

/** The product with its arguments changed first, or its result changed after. */
const wrongly =
  (
    change: (args: Twelve) => Twelve,
    after: (memory: Float64Array | Float32Array, args: Twelve) => void = () => {},
  ): Multiply =>
  (memory, ...args) => {
    multiply(memory, ...change(args as Twelve))
    after(memory, args as Twelve)
  }
const same = (args: Twelve): Twelve => args

test('a library works if it multiplies and adds, in either precision', t => {
  t.true(works(libraryOf(multiply)))
  for (const one of ['f64', 'f32']) t.false(works(libraryOf(multiply, [one])))
})

for (const [name, by] of Object.entries({
  'replaces what is there': wrongly(([...args]) => [...args.slice(0, 11), 0] as unknown as Twelve),
  'reads its left matrix by columns': wrongly(args => args.with(6, 1).with(7, args[3]) as Twelve),
  'reads its right matrix by rows': wrongly(args => args.with(8, args[5]).with(9, 1) as Twelve),
  'leaves out the last term': wrongly(args => args.with(4, args[4] - 1) as Twelve),
  'leaves out the last row': wrongly(args => args.with(3, args[3] - 1) as Twelve),
  'leaves out the last column': wrongly(args => args.with(5, args[5] - 1) as Twelve),
  'is off by one at its first number': wrongly(same, (memory, [out]) => {
    memory[out / memory.BYTES_PER_ELEMENT]! += 1
  }),
  'is off by one at its last number': wrongly(same, memory => {
    memory[memory.length - 1]! += 1
  }),
}))
  test(`a library that ${name} does not work`, t => {
    t.false(works(libraryOf(by)))
  })

test('a library may use its scratch memory, and nothing beyond it', t => {
  const using = (bytes: number) =>
    libraryOf((memory, ...args) => {
      memory.fill(Number.NaN, 0, bytes / memory.BYTES_PER_ELEMENT)
      multiply(memory, ...args)
    })
  t.true(works(using(64), 64))
  t.false(works(using(72), 64))
})
