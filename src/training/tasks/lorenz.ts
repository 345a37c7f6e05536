/** The Lorenz system: x' = σ(y - x), y' = x(ρ - z) - y, z' = x y - β z, of which only x is seen. Lorenz 1963. */
import { forecast, horizonOption, type System } from './forecast.ts'
import { type Flow, type IntegratorName, integratorOption, integrators } from './integrate.ts'
import { real, whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { task } from './task.ts'

const [σ, ρ, β] = [10, 28, 8 / 3]

/** States [z, y, x]. */
export const lorenzFlow: Flow = ([z = 0, y = 0, x = 0]) => [x * y - β * z, x * (ρ - z) - y, σ * (y - x)]

/** Points that are dropped before the first. */
const dropped = 100

/** `every` steps of `dt` a point; from (1, 1, 1) + 0.1 N. */
export const lorenzSystem = (dt: number, every: number, integrator: IntegratorName): System => {
  const after = (state: readonly number[], steps: number): readonly number[] => {
    let now = state
    for (let i = 0; i < steps; i++) now = integrators[integrator](lorenzFlow, now, dt)
    return now
  }
  return {
    name: `lorenz ${dt} ${every} ${integrator}`,
    start: random =>
      after(
        [1, 1, 1].map(x => x + 0.1 * random.normal()),
        dropped,
      ),
    step: state => after(state, every),
  }
}

const options = {
  dt: real(0.01, 'the time of an integration step', 0, 0.05, true),
  every: whole(2, 'integration steps from point to point', 1, 1000),
  integrator: integratorOption,
  horizon: horizonOption,
}

export const lorenz = task(
  {
    name: 'lorenz',
    asks: 'x of the Lorenz system (10, 28, 8/3), normalised; target x at horizon points later.',
    options,
    defaults: sketchedDefaults,
    papers: [
      {
        authors: 'Lorenz',
        year: 1963,
        title: 'Deterministic nonperiodic flow',
        id: 'doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2',
      },
      sketchedRtrl,
    ],
  },
  ({ dt, every, integrator, horizon }) => forecast('lorenz', lorenzSystem(dt, every, integrator), horizon),
)
