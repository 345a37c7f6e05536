import test from 'ava'
import type { Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

/** As under a content security policy without 'wasm-unsafe-eval', or where no address space is left. */
const blocked = (name: 'Module' | 'Memory', thrown: Error): void => {
  Object.defineProperty(WebAssembly, name, {
    configurable: true,
    value: class {
      constructor() {
        throw thrown
      }
    },
  })
}

test('where WebAssembly may not compile, or has no memory, what is compiled runs in JavaScript', async t => {
  blocked('Module', new Error('CompileError: blocked by the content security policy'))
  blocked('Memory', new RangeError('could not allocate memory'))
  const { compile } = await import('../../../ad/compiler/compile.ts')
  const { defaultEngine, engineOf } = await import('../../../ad/compiler/engine.ts')
  const { mul } = await import('../../../ad/primitives/elementwise.ts')
  const { nested, tensor } = await import('../../../ad/tensor.ts')
  t.is(defaultEngine().name, 'compiled-js')
  const square = compile((x: Value) => mul(x, x))
  t.deepEqual(nested(square(tensor([1, 2, 3])) as Tensor), [1, 4, 9])
  t.throws(() => engineOf('compiled-wasm'), { message: /no SIMD, no memory or no permission; .*compiled-js/ })
})
