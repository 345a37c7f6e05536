import test from 'ava'
import { decayBeyond, tailFrom, windowFor } from '../../../rules/parts/decay-estimate.ts'

const near = (x: number, y: number): boolean => x === y || Math.abs(x - y) < 1e-12

test('the decay is the largest mean factor for a lag beyond where it is measured from', t => {
  t.true(near(decayBeyond([9, 8, 4, 1, 3], 2), Math.sqrt(3 / 4)))
  t.true(near(decayBeyond([9, 8, 4, 1, 3], 1), (3 / 8) ** (1 / 3)))
  t.true(near(decayBeyond([9, 8, 4, 1, 3], 3), 3))
  t.is(decayBeyond([1, 5, 0, 4], 2), 0, 'where nothing is left')
  t.is(decayBeyond([1, 5, 4], 2), 0, 'where nothing is measured beyond')
})

test('a tail is what was measured, and a geometric series beyond', t => {
  const norms = [9, 8, 4, 1, 0.25]
  // beyond lag 2 by 1/4 a lag: 4 + 1 + 1/4 + … = 16/3
  const wanted = [9 + 8 + 16 / 3, 8 + 16 / 3, 16 / 3, 4 / 3, 1 / 3, 1 / 12]
  for (const [K, tail] of wanted.entries()) t.true(near(tailFrom(norms, 2, K), tail), String(K))
  t.is(tailFrom([3, 2, 0, 4], 2, 0), 5, 'nothing is left at 2')
  t.is(tailFrom([3, 2, 0, 4], 2, 3), 0)
  t.is(tailFrom([3, 2, 2], 1, 0), Number.POSITIVE_INFINITY, 'what does not decay has no end')
  t.is(tailFrom([3, 2, 2], 1, 2), Number.POSITIVE_INFINITY)
  t.is(tailFrom([3, 2, 3], 1, 2), Number.POSITIVE_INFINITY)
})

test('the window is the shortest whose tail the tolerance bears, against what is sure of the gradient', t => {
  // tails 2, 1, ½, ¼, ⅛ from lags 0, 1, …; credits add up to 2⅛ in length, the tail from 4 of them ⅛: at least 2 is sure
  const norms = [1, 0.5, 0.25, 0.125, 0.0625]
  const credits = [
    [1.275, 1.7],
    [0, 0],
    [0, 0],
    [0, 0],
    [100, 0],
  ]
  const window = (tolerance: number, least = 1) => windowFor({ norms, credits }, tolerance, least)
  t.is(window(0.5), 1)
  t.is(window(0.4), 2)
  t.is(window(0.25), 2, 'as much as the tolerance is borne')
  t.is(window(0.24), 3)
  t.is(window(0.124), 4, 'none is found: the longest')
  t.is(window(0.5, 3), 3, 'none is shorter than the least')
})

test('credit of several lags is added up before its length is taken', t => {
  // at ½ a lag: 3 - 1, √13 - ½, √13 - ¼, √13 - ⅛ are sure, where lengths would add up to 5 - ⅛
  const norms = [1, 0.5, 0.25, 0.125, 0.0625]
  const credits = [
    [0, 3],
    [2, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ]
  const sure = Math.sqrt(13) - 1 / 8
  t.is(windowFor({ norms, credits }, 0.501 / sure, 1), 2)
  t.is(windowFor({ norms, credits }, 0.499 / sure, 1), 3)
})

test('the decay is measured from half of the longest lag on', t => {
  // beyond lag 2 by ½ a lag: tails 6, 2, 1, ½ from lag 1 on; beyond lag 1 it would be more slowly
  const credits = [[10.5], [0], [0], [0], [0]]
  t.is(windowFor({ norms: [4, 4, 1, 0.5, 0.25], credits }, 0.23, 1), 2)
  t.is(windowFor({ norms: [4, 4, 1, 0.5, 0.25, 0], credits: [...credits, [0]] }, 0.23, 1), 2, 'rounded down')
})
