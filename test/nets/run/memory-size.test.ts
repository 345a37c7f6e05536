import test from 'ava'
import { memoryBytes } from '../../../nets/run/memory-size.ts'

test('the bytes of a memory are those of its distinct arrays, wherever they are reached', t => {
  const one = new Float64Array(3)
  t.is(memoryBytes(null), 0)
  t.is(memoryBytes({ step: 4, name: 'h' }), 0)
  t.is(memoryBytes(one), 24)
  t.is(memoryBytes({ a: one, list: [one, { b: new Float32Array(2) }], none: null }), 32)
  const ring: { x: Float64Array; self?: unknown } = { x: one }
  ring.self = ring
  t.is(memoryBytes(ring), 24)
})
