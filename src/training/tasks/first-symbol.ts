/** First-symbol recall: the first of many symbols is named at the end. The latching problem of Bengio, Simard & Frasconi 1994. */
import { type Tensor, zeros } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { hotVectors } from '../data/hot.ts'
import { curriculum, grown } from './curriculum.ts'
import { nats } from './measure.ts'
import { whole } from './option.ts'
import { recallDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

const options = {
  delay: whole(10, 'symbols between the first and the cue', 1, 100_000),
  symbols: whole(4, 'how many different symbols there are', 2, 1000),
  curriculum,
}

export const firstSymbol = task(
  {
    name: 'first-symbol',
    asks: 'A symbol, delay others at random, then a cue: the first symbol. Only the cue counts.',
    options,
    defaults: recallDefaults,
    papers: [
      {
        authors: 'Bengio, Simard & Frasconi',
        year: 1994,
        title: 'Learning long-term dependencies with gradient descent is difficult',
        id: 'doi:10.1109/72.279181',
      },
    ],
  },
  ({ delay, symbols, curriculum: over }) => {
    const [inputs, targets, none] = [hotVectors(symbols + 1), hotVectors(symbols), zeros([symbols])]
    return {
      n: symbols + 1,
      m: symbols,
      ...nats,
      horizon: delay + 1,
      floors: [
        { name: 'no memory', value: Math.log(symbols) },
        { name: 'the first symbol', value: 0 },
      ],
      ...trials((random, drawn) => {
        const length = 1 + grown(1, delay, drawn, over)
        const codes = Array.from({ length }, () => Math.floor(symbols * random.uniform()))
        return [
          ...codes.map(code => example(inputs[code] as Tensor, none, 0)),
          example(inputs[symbols] as Tensor, targets[codes[0] as number] as Tensor),
        ]
      }),
    }
  },
)
