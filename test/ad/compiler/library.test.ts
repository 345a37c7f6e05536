import test from 'ava'
import type { Kernels } from '../../../ad/compiler/kernels.ts'
import { type Library, largeBy } from '../../../ad/compiler/library.ts'

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
