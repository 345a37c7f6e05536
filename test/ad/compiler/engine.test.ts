/** What is refused as an engine, word for word, and which engines are one. */
import test from 'ava'
import { defaultEngine, engineNames, engineOf } from '../../../ad/compiler/engine.ts'
import type { Library } from '../../../ad/compiler/library.ts'
import { native } from '../../../ad/compiler/native.ts'
import { hasWasm } from '../../../ad/compiler/wasm.ts'
import { DomainError } from '../../../ad/errors.ts'

const record = 'engine: a record without a name; wanted an engine by its name. Write compile(f,'
const none = 'engine: no engine; wanted the name of one, or what openblas() found. Await openblas(),'
const refused: readonly (readonly [given: unknown, says: string])[] = [
  [{ dtype: 'f32' }, record],
  [{ engine: 'compiled' }, record],
  [{ name: undefined }, none],
  [null, none],
  [undefined, none],
  [3, none],
  [{}, none],
  ['fast', `engine: 'fast'; wanted ${engineNames.join(', ')}. Say 'compiled' for the fastest.`],
  [{ name: 'compiled-js', dtype: 'f16' }, 'engine: dtype f16; wanted f64 or f32. Leave it out for f64.'],
  [{ name: 'compiled', dtype: 'f16' }, 'engine: dtype f16; wanted f64 or f32. Leave it out for f64.'],
  [
    { name: 'eager', dtype: 'f32' },
    "engine: eager in f32; wanted f64. Use engine: { name: 'compiled-wasm', dtype: 'f32' }",
  ],
  ['compiled-blas', 'engine: compiled-blas without a library; wanted one found by openblas().'],
]

for (const [i, [given, says]] of refused.entries())
  test(`what is no engine is refused, ${i}: ${JSON.stringify(given)}`, t => {
    const { message } = t.throws(() => engineOf(given as never), { instanceOf: DomainError }) ?? {}
    t.true(message?.startsWith(says), message)
  })

test('an engine is given no other names than its own', t => {
  t.throws(() => engineOf({ name: 'compiled-js', dtype: 'f64', type: 'f32' } as never), { message: /engine: .*type/ })
  t.notThrows(() => engineOf({ name: 'compiled-js' } as never))
})

test('the engine that is taken by default is the fastest that is there', t => {
  const name = !hasWasm() ? 'compiled-js' : native() ? 'compiled-native' : 'compiled-wasm'
  for (const dtype of ['f64', 'f32'] as const) {
    t.like(defaultEngine(dtype), { name, dtype })
    t.is(engineOf({ name: 'compiled', dtype }), defaultEngine(dtype))
  }
  t.is(engineOf('compiled'), defaultEngine())
  t.is(defaultEngine().library, name === 'compiled-native' ? (native() as Library) : undefined)
  t.is(engineOf('compiled-js').library, undefined)
  t.is(engineOf('eager').library, undefined)
})

const withWasm = hasWasm() ? test : test.skip
withWasm('an engine with a library is one for each record that names it, with plans of its own or those given', t => {
  const library: Library = { name: 'mine', least: {}, over: () => ({}) }
  const like = { name: 'compiled-blas', dtype: 'f32', library } as const
  const engine = engineOf(like)
  t.like(engine, like)
  t.is(engineOf(like), engine)
  t.not(engineOf({ ...like }), engine)
  t.not(engineOf({ ...like }).plans, engine.plans)
  t.is(engineOf({ ...like, plans: engine.plans }).plans, engine.plans)
  t.like(engineOf({ name: 'compiled-native', library } as never), { name: 'compiled-native', dtype: 'f64', library })
})
