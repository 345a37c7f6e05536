import test from 'ava'
import { DomainError } from '../../../ad/errors.ts'
import { passDue, type WindowOptions, windowed } from '../../../nets/run/windows.ts'
import { bptt } from '../../../rules/bptt.ts'

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
