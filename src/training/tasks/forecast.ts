/** Forecasts of a dynamical system: its first coordinate is the input, and the target is the same some steps later. */
import { DomainError } from '../../../ad/errors.ts'
import { type Moments, momentsOf } from '../../../ad/moments.ts'
import { tensor } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import { latest } from '../../latest.ts'
import { meanSquare } from './measure.ts'
import { whole } from './option.ts'
import type { Definition } from './task.ts'

/** States, never changed; the observed coordinate is the last number of one. */
export interface System {
  /** What it is, with all of its constants: systems of one name are the same. */
  readonly name: string
  start(random: Random): readonly number[]
  step(state: readonly number[]): readonly number[]
}

export const horizonOption = whole(1, 'points from the input to the target', 1, 10_000)

export const observed = (state: readonly number[]): number => state.at(-1) as number

/** The states of a system from one on, without end. */
export function* orbit({ step }: Pick<System, 'step'>, state: readonly number[]): Generator<readonly number[], never> {
  for (let now = state; ; now = step(now)) yield now
}

/** The first points that are left out, while an orbit comes to its attractor. */
const transient = 64
const sample = 20_000

const afterTransient = (system: System, random: Random): readonly number[] => {
  let state = system.start(random)
  for (let i = 0; i < transient; i++) state = system.step(state)
  return state
}

/** Mean and deviation of 20,000 points of one orbit, the same whatever the seed of a run. Throws a DomainError where it diverges. */
const measured = (who: string, system: System): Moments => {
  const values: number[] = []
  for (const state of orbit(system, afterTransient(system, rng(1)))) {
    values.push(observed(state))
    if (values.length === sample) break
  }
  const found = momentsOf(values)
  if (Number.isFinite(found.mean) && found.deviation > 0) return found
  throw new DomainError({
    who,
    given: `a series of mean ${found.mean} and deviation ${found.deviation}`,
    wanted: 'one that stays finite and varies',
    remedy: 'Leave its constants as they are by default, or take a smaller dt',
  })
}

/** What was measured of the latest systems, each known by its name. */
const moments = latest(16, measured)

/** The state is the system's at t, t + 1, … t + horizon. */
export const forecast = (who: string, system: System, horizon: number): Definition<readonly (readonly number[])[]> => {
  const { mean, deviation } = moments(who, system)
  const z = (state: readonly number[] | undefined): number => (observed(state as readonly number[]) - mean) / deviation
  return {
    n: 1,
    m: 1,
    ...meanSquare(1),
    title: 'normalised mean squared error',
    horizon,
    forecast: true,
    floors: [{ name: 'the equation', value: 0 }],
    begin: random => {
      const states = [afterTransient(system, random)]
      while (states.length <= horizon) states.push(system.step(states.at(-1) as readonly number[]))
      return states
    },
    next: states => {
      const [first, ...rest] = states
      const last = states.at(-1) as readonly number[]
      return [[example(tensor([z(first)]), tensor([z(last)]))], [...rest, system.step(last)]]
    },
  }
}
