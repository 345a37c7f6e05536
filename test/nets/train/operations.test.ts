import test from 'ava'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { sequence } from '../../../nets/sequence.ts'
import { operationsPerStep } from '../../../nets/train/operations.ts'
import { bptt } from '../../../rules/bptt.ts'
import { dniFuture } from '../../../rules/dni.ts'
import { rflo } from '../../../rules/rflo.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked, sliding } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'

/** Operations of a step on the leaky network of d units with one input. */
const operations = (rule: AnyRule<unknown, 'past'>, d: number): number => {
  const net = network(leaky({ alpha: 0.5 }), { d, n: 1, m: 1 }, halfSquaredError())
  return operationsPerStep(rule, net as never, net.init(1), sequence([1], [0])[0]!)
}

/** The exponent of the growth from d to 2d. */
const exponent = (rule: AnyRule<unknown, 'past'>, d: number): number =>
  Math.log2(operations(rule, 2 * d) / operations(rule, d))

test('RTRL takes 2 d² |θ| operations for its product, and little else', t => {
  const d = 32
  const product = 2 * d * d * (d * (d + 2))
  const found = operations(rtrl, d)
  t.true(found > product && found < 1.2 * product, `${found} of ${product}`)
})

test('operations grow as d⁴ by RTRL and as d² by RFLO and BPTT', t => {
  for (const [rule, power] of [
    [rtrl, 4],
    [rflo(), 2],
    [chunked({ k: 10 })(bptt), 2],
  ] as const)
    t.true(Math.abs(exponent(rule as AnyRule<unknown, 'past'>, 32) - power) < 0.2)
})

test('a pass over k steps at every step takes k times the way back of one pass a chunk', t => {
  const [short, long] = [5, 10].map(k => operations(sliding({ k })(bptt), 16))
  const chunk = operations(chunked({ k: 10 })(bptt), 16)
  const back = (long! - short!) / 5
  t.true(back > 0)
  t.true(long! > chunk + 8 * back)
})

test('BPTT in chunks takes 2 d² operations forward, 2 d² back, and 2 d² for products of credit and state, and little else', t => {
  const d = 512
  t.true(Math.abs(operations(chunked({ k: 5 })(bptt), d) / (6 * d * d) - 1) < 0.02)
})

test('what a synthesiser predicts and learns once a chunk is shared by its steps, and a longer way back costs as much for each step', t => {
  const chunks = [5, 10, 20].map(every => operations(dniFuture({ every }) as never, 8)) as [number, number, number]
  t.true(chunks[0] > chunks[1])
  t.true(Math.abs((chunks[0] - chunks[1]) / (chunks[1] - chunks[2]) - 2) < 1e-9)
  t.is(operations(chunked({ k: 5 })(bptt), 8), operations(chunked({ k: 10 })(bptt), 8))
  const slides = [3, 5, 7].map(k => operations(sliding({ k })(bptt), 8)) as [number, number, number]
  t.is(slides[2] - slides[1], slides[1] - slides[0])
})

test('operations of a rule that draws noise are counted, and grow as d²', t => {
  t.true(Math.abs(exponent(uoro() as AnyRule<unknown, 'past'>, 32) - 2) < 0.2)
})
