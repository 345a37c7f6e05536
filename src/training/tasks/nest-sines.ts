/** NEST's regression test of e-prop: four sines out of frozen noise. Bellec et al. 2020. */
import { tensorOf } from '../../../ad/tensor.ts'
import { type Example, example } from '../../../nets/network.ts'
import { meanSquare } from './measure.ts'
import { randomState } from './numpy-random.ts'
import { whole } from './option.ts'
import { spikingDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

const [inputs, units, steps, periods, rate] = [100, 100, 1000, [1000, 500, 333, 200], 0.05]

/** Normals that NEST's program draws before: input, recurrent, output and feedback weights. */
const weights = inputs * units + units * units + 2 * units

/** Σ A sin(φ + 2π ⌊T/P⌋ t/(T - 1)), less its first value, over its largest magnitude. */
const targetOf = (amplitudes: readonly number[], phases: readonly number[]): readonly number[] => {
  const sum = Array.from({ length: steps }, (_, t) =>
    periods.reduce((total, period, i) => {
      const φ = (phases[i] as number) + (2 * Math.PI * Math.floor(steps / period) * t) / (steps - 1)
      return total + (amplitudes[i] as number) * Math.sin(φ)
    }, 0),
  )
  const shifted = sum.map(y => y - (sum[0] as number))
  const largest = Math.max(...shifted.map(Math.abs))
  return shifted.map(y => y / largest)
}

/** The one trial of a pattern, as numpy's RandomState draws it: spikes [1000, 100], none at the first step, amplitudes, phases. */
const trialOf = (seed: number): readonly Example[] => {
  const { uniform, normal } = randomState(seed)
  for (let i = 0; i < weights; i++) normal()
  const spikes = Array.from({ length: steps }, (_, t) =>
    Float64Array.from({ length: inputs }, () => Number(uniform() < rate && t > 0)),
  )
  const amplitudes = periods.map(() => 0.5 + 1.5 * uniform())
  const phases = periods.map(() => 2 * Math.PI * uniform())
  const target = targetOf(amplitudes, phases)
  return spikes.map((x, t) => example(tensorOf([inputs], x), target[t] as number))
}

const options = { pattern: whole(1, "the seed of the pattern in numpy's RandomState", 0, 2 ** 32 - 1) }

export const nestSines = task(
  {
    name: 'nest-sines',
    asks: '100 inputs of frozen spikes, 1000 steps over and over; target a sum of four sines.',
    options,
    defaults: spikingDefaults,
    papers: [
      {
        authors: 'Bellec et al.',
        year: 2020,
        title: 'A solution to the learning dilemma for recurrent networks of spiking neurons',
        id: 'doi:10.1038/s41467-020-17236-y',
      },
    ],
  },
  ({ pattern }) => {
    let trial: readonly Example[] | undefined
    return {
      n: inputs,
      m: 1,
      ...meanSquare(1),
      horizon: steps,
      floors: [{ name: 'the sines', value: 0 }],
      ...trials(() => {
        trial ??= trialOf(pattern)
        return trial
      }),
    }
  },
)
