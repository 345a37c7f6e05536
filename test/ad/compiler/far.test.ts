import { build, kernelsOver, scratchBytes } from '../../../ad/compiler/kernels.ts'
import type { Numbers } from '../../../ad/compiler/plan.ts'
import { alwaysIf } from '../../full-effort.ts'

/** Numbers of all signs and sizes, which come again after more than a row of them. */
const numbers = Float64Array.from({ length: 10_007 }, (_, i) => Math.sin(i * 12.9898) * 10 ** (i % 5))
const number = (i: number): number => numbers[i % numbers.length] as number

for (const dtype of ['f64', 'f32'] as const)
  alwaysIf(dtype === 'f32')(`a vector times a matrix that no cache holds has the bits of its parts, ${dtype}`, t => {
    if (!build(dtype)) {
      t.pass()
      return
    }
    const memory = new WebAssembly.Memory({ initial: 400 })
    const [kernels, bytes] = [kernelsOver(dtype, memory), dtype === 'f64' ? 8 : 4]
    const at = (place: number, length: number): Numbers =>
      dtype === 'f64' ? new Float64Array(memory.buffer, place, length) : new Float32Array(memory.buffer, place, length)
    for (const m of [64, 65, 66, 67, 131])
      for (const n of [4096, 4103, 4128 + 9, 6001]) {
        const x = scratchBytes
        const w = x + 8 * 256
        const out = w + bytes * m * n + 16 - ((bytes * m * n) % 16)
        const part = out + bytes * n + 16 - ((bytes * n) % 16)
        const [X, W, Out] = [at(x, m), at(w, m * n), at(out, n)]
        for (let i = 0; i < m; i++) X[i] = number(i)
        for (let i = 0; i < m * n; i++) W[i] = number(i + 7)
        kernels.vecmat(out, x, w, m, n)
        const width = 32
        for (let from = 0; from < n; from += width) {
          const own = Math.min(width, n - from)
          const place = part + bytes * own
          const Part = at(place, m * own)
          for (let i = 0; i < m; i++) Part.set(W.subarray(i * n + from, i * n + from + own), i * own)
          kernels.vecmat(part, x, place, m, own)
          const [found, wanted] = [Out.subarray(from, from + own), at(part, own)]
          t.true(found.every((value, i) => Object.is(value, wanted[i])))
        }
      }
  })
