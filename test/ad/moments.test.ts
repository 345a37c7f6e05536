import test from 'ava'
import { mean, momentsOf, rootMeanSquare } from '../../ad/moments.ts'

test('a mean keeps what rounding takes from a sum, and does not overflow', t => {
  t.is(mean([1, 2, 6]), 3)
  t.is(mean([1, 1e100, 1, -1e100]), 0.5)
  t.is(mean([1e100, 1, -1e100, 1]), 0.5)
  t.is(mean([2 ** 1023, 1.5 * 2 ** 1023]), 1.25 * 2 ** 1023)
  t.is(mean([1, 3, 5].map(k => 2 ** 1023 * (1 + k * 2 ** -52))), 2 ** 1023 * (1 + 3 * 2 ** -52))
  t.is(mean([2 ** -1072, 2 ** -1071, 3 * 2 ** -1071]), 3 * 2 ** -1072)
  // 0.1 + 0.1 + 0.1 is rounded up, and a third of it again
  t.is(mean([0.1, 0.1, 0.1]), 0.1)
  t.is(mean([-0.1, -0.1, -0.1]), -0.1)
  t.is(mean([Infinity, 1]), Infinity)
  t.is(mean([Number.NaN, 1]), Number.NaN)
})

test('the root of a mean of squares is right for numbers of any size', t => {
  for (const k of [1, 2 ** -700, 2 ** 700]) t.is(rootMeanSquare([k, -7 * k]), 5 * k)
  t.is(rootMeanSquare([0, 0]), 0)
  t.is(rootMeanSquare([1, -Infinity]), Infinity)
  t.is(rootMeanSquare([1, Number.NaN]), Number.NaN)
})

test('moments are of the population, and not misled by a mean that is no double', t => {
  t.deepEqual(momentsOf([1, 3, 5, 7]), { mean: 4, deviation: Math.sqrt(5) })
  t.is(momentsOf([2 ** 53, 2 ** 53 + 2]).deviation, 1)
  t.deepEqual(momentsOf([0.1, 0.1, 0.1]), { mean: 0.1, deviation: 0 })
  for (const infinite of [[Infinity], [Infinity, Infinity]])
    t.deepEqual(momentsOf(infinite), { mean: Infinity, deviation: 0 })
})
