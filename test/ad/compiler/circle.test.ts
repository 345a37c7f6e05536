import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { type Dtype, kernelsOver, scratchBytes } from '../../../ad/compiler/kernels.ts'
import { cos, sin } from '../../../ad/primitives/elementwise.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'

/** Sine and cosine of numbers by the compiled program. */
const byKernel = { sin: compile(sin, 'compiled-wasm'), cos: compile(cos, 'compiled-wasm') }
const inSingle = {
  sin: compile(sin, { name: 'compiled-wasm', dtype: 'f32' }),
  cos: compile(cos, { name: 'compiled-wasm', dtype: 'f32' }),
}
const names = ['sin', 'cos'] as const
const found = (f: typeof byKernel.sin, xs: Float64Array): Float64Array => (f(tensorOf([xs.length], xs)) as Tensor).data

/** The distance from a number to the next larger one. */
const spacing = (x: number): number => {
  const [exact] = new Float64Array([Math.abs(x)]) as unknown as [number]
  const bits = new BigInt64Array(new Float64Array([exact]).buffer)
  bits[0]!++
  return new Float64Array(bits.buffer)[0]! - exact
}

/** Numbers over a range of sizes, and whole quarters of a turn with their neighbours. */
const numbersTo = (most: number): Float64Array => {
  const quarters = Array.from({ length: 301 }, (_, i) => Math.round(((i - 150) * most) / 300) * (Math.PI / 2))
  const spread = Array.from({ length: 1000 }, (_, i) => most * Math.sin(i * i + 1))
  return Float64Array.from([...quarters, ...quarters.map(x => x * (1 + 2 ** -52)), ...spread])
}

for (const name of names) {
  test(`${name} by its kernel is JavaScript's to three units in the last place, and far out to the bit`, t => {
    for (const most of [1e-8, 1, 10, 1e4, 9e5, 2e6, 1e20]) {
      const xs = numbersTo(most)
      const ys = found(byKernel[name], xs)
      ys.forEach((y, i) => {
        const wanted = Math[name](xs[i]!)
        t.true(Math.abs(y - wanted) <= 3 * spacing(wanted), `${name}(${xs[i]}) is ${y}, not ${wanted}`)
      })
    }
    const far = Float64Array.of(1700000.5, -1936705.600959863, 1e300)
    t.deepEqual([...found(byKernel[name], far)], [...far].map(Math[name]))
  })

  test(`${name} in single precision is that of the rounded number, rounded`, t => {
    for (const most of [1, 100, 1e6, 1e10]) {
      const xs = numbersTo(most).map(Math.fround)
      found(inSingle[name], xs).forEach((y, i) => {
        const wanted = Math.fround(Math[name](xs[i]!))
        t.true(Math.abs(y - wanted) <= 2 ** -24 * Math.max(Math.abs(wanted), 2 ** -100), `${name}(${xs[i]})`)
      })
    }
  })

  test(`${name} of signed zeros, infinities, no number and the smallest, in lists of every length`, t => {
    const odd = [-0, 0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, 1]
    for (let length = 1; length <= odd.length; length++)
      for (let from = 0; from + length <= odd.length; from++) {
        const xs = Float64Array.from(odd.slice(from, from + length))
        const ys = found(byKernel[name], xs)
        ys.forEach((y, i) => {
          const wanted = Math[name](xs[i]!)
          t.true(Object.is(y, wanted) || Math.abs(y - wanted) < 2e-16, `${name}(${xs[i]}) is ${y}`)
        })
      }
  })
}

test('a kernel writes its own numbers and no others', t => {
  for (const dtype of ['f64', 'f32'] satisfies Dtype[]) {
    const memory = new WebAssembly.Memory({ initial: 8 })
    const kernels = kernelsOver(dtype, memory)
    const View = dtype === 'f64' ? Float64Array : Float32Array
    for (const n of [0, 1, 2, 3, 4, 5]) {
      const out = new View(memory.buffer, scratchBytes, 8).fill(7)
      kernels.sin(scratchBytes, scratchBytes + 512, n)
      t.deepEqual([...out], [...new Array(n).fill(0), ...new Array(8 - n).fill(7)])
    }
  }
})
