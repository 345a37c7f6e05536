/** Three sines without an input: sin + ½ sin 2· + ¼ sin 4·. Murray 2019. */
import { example } from '../../../nets/network.ts'
import { meanSquare } from './measure.ts'
import { oneOf, whole } from './option.ts'
import { murrayDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

const options = {
  period: whole(100, 'steps of a period', 2, 100_000),
  input: oneOf(['zero', 'onset'], 'whether the input is 0 throughout, or 1 at the first step of each period'),
  ends: oneOf(['one', 'both'], 'whether a period ends before its first point comes again, or on it'),
}

/** sin φ + ½ sin 2φ + ¼ sin 4φ. */
const wave = (φ: number): number => Math.sin(φ) + Math.sin(2 * φ) / 2 + Math.sin(4 * φ) / 4

export const murraySines = task(
  {
    name: 'murray-sines',
    asks: 'No input (or a pulse as each period begins); target sin + sin 2· / 2 + sin 4· / 4, over and over.',
    options,
    defaults: murrayDefaults,
    papers: [
      {
        authors: 'Murray',
        year: 2019,
        title: 'Local online learning in recurrent networks with random feedback',
        id: 'doi:10.7554/eLife.43299',
      },
    ],
  },
  ({ period, input, ends }) => {
    const phase = (t: number): number => (ends === 'both' ? t / (period - 1) : (t + 1) / period)
    const steps = Array.from({ length: period }, (_, t) =>
      example(Number(input === 'onset' && t === 0), wave(2 * Math.PI * phase(t))),
    )
    return {
      n: 1,
      m: 1,
      ...meanSquare(1),
      horizon: period,
      floors: [{ name: 'the sines', value: 0 }],
      ...trials(() => steps),
    }
  },
)
