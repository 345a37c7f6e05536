import test from 'ava'
import { DomainError, NameError } from '../../../ad/errors.ts'
import {
  horizon,
  passDue,
  replaysLosses,
  type WindowOptions,
  windowed,
  windowsAt,
  windowsOf,
} from '../../../nets/run/windows.ts'
import { bptt } from '../../../rules/bptt.ts'
import { chunked } from '../../../rules/tbptt.ts'

/** The passes over the timesteps 1 … 5 as [now, first, counted, attributed]. */
const passes = (windows: WindowOptions, steps = 5): readonly (readonly number[])[] => {
  let fresh = 0
  return Array.from({ length: steps }, (_, i) => i + 1).flatMap(now => {
    fresh++
    const pass = passDue(windows, now, fresh, now === steps)
    if (pass) fresh = 0
    return pass ? [[now, pass.first, pass.counted, pass.attributed]] : []
  })
}

test('a pass at every step reaches back k timesteps, and as long as it reaches timestep 1, to timestep 0 too', t => {
  t.deepEqual(passes({ every: 1, reach: 2 }), [
    [1, 0, 1, 2],
    [2, 0, 2, 3],
    [3, 2, 1, 2],
    [4, 3, 1, 2],
    [5, 4, 1, 2],
  ])
})

test('passes end to end take what is new, a shorter rest at the end', t => {
  t.deepEqual(passes({ every: 2, reach: 2, clipped: true }), [
    [2, 0, 1, 3],
    [4, 3, 0, 2],
    [5, 5, 0, 1],
  ])
})

test('a full window gives the share of its oldest timestep, timestep 0 with timestep 1, and at the end all that are left', t => {
  t.deepEqual(passes({ every: 1, reach: 2, emits: 'oldest' }), [
    [2, 0, 0, 2],
    [3, 2, 0, 1],
    [4, 3, 0, 1],
    [5, 4, 0, 2],
  ])
})

test("windows that end where others begin cannot emit their oldest timestep's share alone", t => {
  const windows: WindowOptions = { every: 1, reach: 3, clipped: true, emits: 'oldest' }
  t.throws(() => windowed(windows)(bptt), {
    instanceOf: DomainError,
    message: /windowed: .*clipped.*Leave clipped out/s,
  })
})

test('a flush ends windows as the end of the run does, and their losses count for none after it', t => {
  const oldest: WindowOptions = { every: 1, reach: 2, emits: 'oldest', flush: 3 }
  t.deepEqual(passes(oldest, 7), [
    [2, 0, 0, 2],
    [3, 2, 0, 2],
    [4, 3, 1, 1],
    [5, 4, 0, 1],
    [6, 5, 0, 2],
    [7, 6, 1, 2],
  ])
  t.deepEqual(passes({ every: 2, reach: 2, clipped: true, flush: 3 }, 7), [
    [2, 0, 1, 3],
    [3, 3, 0, 1],
    [5, 4, 0, 2],
    [6, 6, 0, 1],
    [7, 7, 0, 1],
  ])
})

test('overlapping windows come every so many steps and reach back over losses that are counted', t => {
  t.deepEqual(passes({ every: 2, reach: 3 }), [
    [2, 0, 1, 3],
    [4, 2, 1, 3],
    [5, 3, 2, 3],
  ])
})

test('of windows that are joined each begins with the joint before it', t => {
  const joint = bptt as unknown as NonNullable<WindowOptions['joint']>
  t.deepEqual(passes({ every: 2, reach: 2, clipped: true, joint }), [
    [2, 0, 1, 3],
    [4, 2, 1, 3],
    [5, 4, 1, 2],
  ])
})

test('of every nth windows the last is as long as it is told', t => {
  const windows: WindowOptions = { every: 2, reach: 5, clipped: true, long: { steps: 5, nth: 3 } }
  t.deepEqual(
    [0, 1, 2, 3, 4, 5].map(turn => windowsAt(windows, turn).every),
    [2, 2, 5, 2, 2, 5],
  )
  t.is(windowsAt({ every: 2, reach: 2 }, 5).every, 2)
})

test('timesteps within reach: those of a window, or since the last pass where windows lie end to end', t => {
  t.is(horizon({ every: 5, reach: 3 }), 3)
  t.is(horizon({ every: 5, reach: 3, clipped: true }), 5)
  t.is(horizon({ every: 2, reach: 3, clipped: true }), 3)
})

test('passes come back to counted losses where windows overlap, are longer than a step, and do not span the run', t => {
  t.true(replaysLosses({ every: 1, reach: 2 }))
  t.false(replaysLosses({ every: 1, reach: 1 }))
  t.false(replaysLosses({ every: 2, reach: 2, clipped: true }))
  t.false(replaysLosses({ every: 1, reach: Number.POSITIVE_INFINITY }))
  t.false(replaysLosses({ every: 1, reach: 2, emits: 'oldest' }))
  t.true(replaysLosses({ every: 1, reach: 2, emits: 'oldest', flush: 3 }))
})

test('windows of less than a step, or joined though they do not lie end to end, are refused', t => {
  const joint = bptt as unknown as NonNullable<WindowOptions['joint']>
  const refused = (windows: WindowOptions, message: RegExp) =>
    t.throws(() => windowed(windows), { instanceOf: DomainError, message })
  refused({ every: 0, reach: 1 }, /^windowed: every = 0; wanted a whole number of at least 1/)
  refused({ every: 1, reach: 0.5 }, /^windowed: reach = 0.5/)
  refused({ every: 1, reach: 1, flush: 0 }, /^windowed: flush = 0/)
  refused({ every: 2, reach: 2, joint }, /^windowed: a joint between windows that overlap or leave gaps/)
  refused({ every: 2, reach: 1, clipped: true, joint }, /a joint between windows/)
  t.notThrows(() => windowed({ every: 2, reach: 2, clipped: true, joint }))
  t.notThrows(() => windowed({ every: 2, reach: 3, clipped: true, joint }))
  t.throws(() => windowed({ every: 1, reach: 1, each: 2 } as never), {
    instanceOf: NameError,
    message: /^windowed: an option each/,
  })
  t.is(windowsOf(bptt), null)
  t.is(windowsOf({ windows: {} }), null)
  t.is((windowsOf(chunked({ k: 3 })(bptt)) as { readonly windows: WindowOptions }).windows.every, 3)
})
