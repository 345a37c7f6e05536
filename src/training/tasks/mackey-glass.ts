/** The Mackey-Glass equation: x' = 0.2 x(t - τ)/(1 + x(t - τ)¹⁰) - 0.1 x. Mackey & Glass 1977. */
import { DomainError } from '../../../ad/errors.ts'
import { forecast, horizonOption, type System } from './forecast.ts'
import { type IntegratorName, integratorOption, integrators } from './integrate.ts'
import { real, whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { task } from './task.ts'

/** x' of x and of what it was a delay before. */
const slope = (x: number, past: number): number => (0.2 * past) / (1 + past ** 10) - 0.1 * x

/**
 * States [x(t - τ), …, x(t - dt), x(t)], `every` steps of dt a point; the delayed value is held over a step. History 1.2 + 0.2 u.
 * Throws a DomainError for a delay that is no whole number of steps.
 */
export const mackeyGlassSystem = (delay: number, dt: number, every: number, integrator: IntegratorName): System => {
  const lag = Math.round(delay / dt)
  if (Math.abs(lag * dt - delay) > 1e-9 * delay || lag < 1)
    throw new DomainError({
      who: 'mackey-glass',
      given: `delay = ${delay}, dt = ${dt}`,
      wanted: 'a delay of a whole number of dt',
      remedy: 'Try delay = 17, dt = 0.1',
    })
  const once = (state: readonly number[]): readonly number[] => {
    const past = state[0] as number
    const after = integrators[integrator](([x = 0]) => [slope(x, past)], state.slice(-1), dt)
    return [...state.slice(1), ...after]
  }
  return {
    name: `mackey-glass ${delay} ${dt} ${every} ${integrator}`,
    start: random => Array.from({ length: lag + 1 }, () => 1.2 + 0.2 * random.uniform()),
    step: state => {
      let now = state
      for (let i = 0; i < every; i++) now = once(now)
      return now
    },
  }
}

const options = {
  delay: real(17, 'the delay τ', 0, 1000, true),
  dt: real(1, 'the time of an integration step', 0, 5, true),
  every: whole(1, 'integration steps from point to point', 1, 1000),
  integrator: integratorOption,
  horizon: horizonOption,
}

export const mackeyGlass = task(
  {
    name: 'mackey-glass',
    asks: 'x of the Mackey-Glass equation of a delay, normalised; target x at horizon points later.',
    options,
    defaults: sketchedDefaults,
    papers: [
      {
        authors: 'Mackey & Glass',
        year: 1977,
        title: 'Oscillation and chaos in physiological control systems',
        id: 'doi:10.1126/science.267326',
      },
      sketchedRtrl,
    ],
  },
  ({ delay, dt, every, integrator, horizon }) =>
    forecast('mackey-glass', mackeyGlassSystem(delay, dt, every, integrator), horizon),
)
