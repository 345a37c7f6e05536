/** The Hénon map: x' = 1 - a x² + y, y' = b x, of which only x is seen. Hénon 1976. */
import { forecast, horizonOption, type System } from './forecast.ts'
import { real } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { task } from './task.ts'

/** States [y, x]; x₀ = 0.1 + 0.1 u, y₀ = 0. */
export const henonMap = (a: number, b: number): System => ({
  name: `henon ${a} ${b}`,
  start: random => [0, 0.1 + 0.1 * random.uniform()],
  step: ([y = 0, x = 0]) => [b * x, 1 - a * x * x + y],
})

const options = { a: real(1.4, 'a', 0, 2), b: real(0.3, 'b', -1, 1), horizon: horizonOption }

export const henon = task(
  {
    name: 'henon',
    asks: 'x of the Hénon map, normalised; target x(t + horizon).',
    options,
    defaults: sketchedDefaults,
    papers: [
      {
        authors: 'Hénon',
        year: 1976,
        title: 'A two-dimensional mapping with a strange attractor',
        id: 'doi:10.1007/BF01608556',
      },
      sketchedRtrl,
    ],
  },
  ({ a, b, horizon }) => forecast('henon', henonMap(a, b), horizon),
)
