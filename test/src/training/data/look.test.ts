import test from 'ava'
import { evaluatedIn, lookOf, looks, spansOf } from '../../../../src/training/data/look.ts'

test('spans lie in the sequence, each evaluated step is held out, and none is evaluated twice', t => {
  for (const cut of [1, 50, 277, 1024, 5000, 900_000])
    for (const held of [2, 31, 500, 768, 769, 5000, 100_000])
      for (const most of [768, 769, 1024, 4000, Number.POSITIVE_INFINITY]) {
        const spans = spansOf(cut, cut + held, most)
        const steps = spans.flatMap(({ from, lead, to }) =>
          Array.from({ length: to - from - lead }, (_, i) => from + lead + i),
        )
        t.is(new Set(steps).size, steps.length)
        t.is(evaluatedIn(spans), steps.length)
        t.true(steps.every(step => step >= cut && step < cut + held))
        t.true(spans.every(({ from, lead }) => from >= 0 && lead >= Math.min(cut, 64)))
        t.true(spans.reduce((sum, { from, to }) => sum + to - from, 0) <= most)
        if (most === Number.POSITIVE_INFINITY) t.is(steps.length, held)
        else t.true(steps.length >= Math.min(held, 576))
      }
})

test('a short sequence is evaluated whole, from its first step on', t => {
  t.deepEqual(spansOf(277, 308, lookOf({ window: 20, batch: 1, steps: 1, k: null, seed: 1 })), [
    { from: 0, lead: 277, to: 308 },
  ])
})

test('all looks before the last take at most a tenth of the work of a run of any length that is not short', t => {
  for (const steps of [6000, 100_000, 1e9]) {
    const pace = { window: 20, batch: 2, steps, k: null, seed: 1 }
    // on, back and the gradient: three for each step that is learned from
    t.true(looks * lookOf(pace) <= (3 * 40 * steps) / 10)
  }
  t.is(lookOf({ window: 20, batch: 2, k: null, seed: 1 }), Number.POSITIVE_INFINITY)
})
