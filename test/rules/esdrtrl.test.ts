import test from 'ava'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { affine } from '../../nets/cells/affine.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network } from '../../nets/network.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { esdrtrl } from '../../rules/esdrtrl.ts'

test('a unit whose state has two numbers gets the gradient of both: exact at a single step', t => {
  const cell = affine(
    { params: { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] }, state: { h: ['d'], a: ['d'] } },
    (s, x) => ({ W: s.h, V: x, b: 1 }),
    (s, u) => ({ h: tanh(add(u, s.a)), a: add(mul(0.5, s.a), mul(0.3, u)) }),
    { output: (_, s) => add(s.h, s.a) },
  )
  const net = network(cell, { d: 3, n: 1, m: 1 }, halfSquaredError())
  const data = [example([1], [0.3])]
  const [found, exact] = [esdrtrl(), bptt].map(rule => (gradient(rule, net)(net.init(1), data).cell.V as Tensor).data)
  found?.forEach((x, i) => {
    t.true(Math.abs(x - (exact?.[i] ?? Number.NaN)) < 1e-12)
  })
})
