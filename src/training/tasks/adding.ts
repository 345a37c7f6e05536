/** The adding task: two marked numbers of a sequence are added at its end. Hochreiter & Schmidhuber 1997. */
import { example } from '../../../nets/network.ts'
import { curriculum, grown } from './curriculum.ts'
import { meanSquare } from './measure.ts'
import { whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

const options = { length: whole(40, 'steps of a sequence', 2, 100_000), curriculum }

export const adding = task(
  {
    name: 'adding',
    asks: 'Numbers of [0, 1), one marked in each half of length steps: their sum. Only the last step counts.',
    options,
    defaults: sketchedDefaults,
    papers: [
      {
        authors: 'Hochreiter & Schmidhuber',
        year: 1997,
        title: 'Long short-term memory',
        id: 'doi:10.1162/neco.1997.9.8.1735',
      },
      sketchedRtrl,
    ],
  },
  ({ length, curriculum: over }) => ({
    n: 2,
    m: 1,
    ...meanSquare(1),
    horizon: length - 1,
    floors: [
      { name: 'no memory', value: 1 / 6 },
      { name: 'only one of the two', value: 1 / 12 },
      { name: 'both', value: 0 },
    ],
    ...trials((random, drawn) => {
      const steps = grown(2, length, drawn, over)
      const half = Math.floor(steps / 2)
      const values = Array.from({ length: steps }, () => random.uniform())
      const marked = [Math.floor(half * random.uniform()), half + Math.floor((steps - half) * random.uniform())]
      const sum = marked.reduce((total, t) => total + (values[t] as number), 0)
      const isLast = (t: number): boolean => t === steps - 1
      return values.map((value, t) => example([value, Number(marked.includes(t))], isLast(t) ? sum : 0, +isLast(t)))
    }),
  }),
)
