/** The copy task: some symbols, a delay, and the symbols again. Graves, Wayne & Danihelka 2014. */
import { type Tensor, zeros } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { hotVectors } from '../data/hot.ts'
import { curriculum, grown } from './curriculum.ts'
import { nats } from './measure.ts'
import { whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

const options = {
  delay: whole(40, 'blank steps between the last symbol and the first cue', 1, 100_000),
  symbols: whole(8, 'how many different symbols there are', 2, 1000),
  length: whole(5, 'symbols to copy', 1, 10_000),
  curriculum,
}

export const copy = task(
  {
    name: 'copy',
    asks: 'length symbols, delay blanks, then length cues: the symbols in order, one a cue. Only cues count.',
    options,
    defaults: sketchedDefaults,
    papers: [
      { authors: 'Graves, Wayne & Danihelka', year: 2014, title: 'Neural Turing machines', id: 'arXiv:1410.5401' },
      sketchedRtrl,
    ],
  },
  ({ delay, symbols, length, curriculum: over }) => {
    const [inputs, targets, none] = [hotVectors(symbols + 2), hotVectors(symbols), zeros([symbols])]
    const [blank, cue] = [inputs[symbols] as Tensor, inputs[symbols + 1] as Tensor]
    return {
      n: symbols + 2,
      m: symbols,
      ...nats,
      horizon: delay + length,
      floors: [
        { name: 'no memory', value: Math.log(symbols) },
        { name: 'every symbol', value: 0 },
      ],
      ...trials((random, drawn) => {
        const codes = Array.from({ length }, () => Math.floor(symbols * random.uniform()))
        const waits = new Array<Tensor>(grown(1, delay, drawn, over)).fill(blank)
        return [
          ...codes.map(code => example(inputs[code] as Tensor, none, 0)),
          ...waits.map(x => example(x, none, 0)),
          ...codes.map(code => example(cue, targets[code] as Tensor)),
        ]
      }),
    }
  },
)
