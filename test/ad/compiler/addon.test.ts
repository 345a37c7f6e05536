/** What an addon of native code is told, and which products it is given. */
import test from 'ava'
import { libraryOf } from '../../../ad/compiler/native.ts'

const told = (m: number, k: number, n: number): readonly number[] | null => {
  const heard: number[][] = []
  const hear = (memory: ArrayBuffer): void => void heard.push([...new Int32Array(memory, 0, 12)])
  const memory = { buffer: new ArrayBuffer(64) }
  const { gemm } = libraryOf({ level: 'mine', f64: hear, f32: () => {} }).over('f64', memory)
  const takes = gemm!(100, 200, 300, m, k, n, 11, 12, 13, 14, 15, 1)
  return takes ? heard[0]! : null
}

test('a product of at least 4 rows, 4 columns and 2 terms goes to the addon, with its arguments in the first words', t => {
  t.deepEqual(told(4, 2, 4), [100, 200, 300, 4, 2, 4, 11, 12, 13, 14, 15, 1])
  t.deepEqual(told(9, 8, 7), [100, 200, 300, 9, 8, 7, 11, 12, 13, 14, 15, 1])
  for (const [m, k, n] of [
    [3, 2, 4],
    [4, 2, 3],
    [4, 1, 4],
    [3, 9, 9],
    [9, 9, 3],
    [9, 1, 9],
  ] as const)
    t.is(told(m, k, n), null, `${m} ${k} ${n}`)
})

test('an addon is a library of products of matrices of 16 rows, columns and terms, under its own name', t => {
  const { name, least, over } = libraryOf({ level: 'mine', f64: () => {}, f32: () => {} })
  t.is(name, 'native code (mine)')
  t.deepEqual(least, { gemm: 2 * 16 * 16 * 16 })
  t.deepEqual(Object.keys(over('f32', { buffer: new ArrayBuffer(64) })), ['gemm'])
})
