/** Strings aⁿ, new line, bⁿ, new line: each symbol from those before it. Gers & Schmidhuber 2001, Tallec & Ollivier 2017. */
import { DomainError } from '../../../ad/errors.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { hotVectors } from '../data/hot.ts'
import { bits } from './measure.ts'
import { whole } from './option.ts'
import { countingDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { type Floor, task } from './task.ts'

const options = { least: whole(1, 'the least n', 1, 100_000), most: whole(32, 'the greatest n', 1, 100_000) }

const [a, b, line] = [0, 1, 2]
const hot = hotVectors(3)

/** -Σ p log₂ p. */
const entropy = (...p: readonly number[]): number => p.reduce((sum, q) => (q > 0 ? sum - q * Math.log2(q) : sum), 0)

/** n = (least + most)/2 on average, 2n + 2 symbols; with counting only where the a's end is unknown, log₂ of how many n there are. */
const floorsOf = (least: number, most: number): readonly Floor[] => {
  const n = (least + most) / 2
  const symbols = 2 * n + 2
  const [letter, end] = [n / symbols, 2 / symbols]
  return [
    { name: 'frequencies', value: entropy(letter, letter, end) },
    { name: 'only the last symbol', value: 2 * letter * entropy(1 / n, 1 - 1 / n) + end },
    { name: 'counting', value: Math.log2(most - least + 1) / symbols },
  ]
}

export const anbn = task(
  {
    name: 'anbn',
    asks: "n a's, a new line, n b's, a new line, n uniform from least to most; target the next symbol.",
    options,
    defaults: countingDefaults,
    papers: [
      {
        authors: 'Tallec & Ollivier',
        year: 2017,
        title: 'Unbiased online recurrent optimization',
        id: 'arXiv:1702.05043',
      },
      {
        authors: 'Gers & Schmidhuber',
        year: 2001,
        title: 'LSTM recurrent networks learn simple context-free and context-sensitive languages',
        id: 'doi:10.1109/72.963769',
      },
    ],
  },
  ({ least, most }) => {
    if (least > most)
      throw new DomainError({
        who: 'anbn',
        given: `least = ${least}, most = ${most}`,
        wanted: 'least at most most',
        remedy: 'The paper has 1 and 32',
      })
    return {
      n: 3,
      m: 3,
      ...bits,
      horizon: 2 * most + 1,
      floors: floorsOf(least, most),
      ...trials(random => {
        const n = least + Math.floor((most - least + 1) * random.uniform())
        const string = [...new Array(n).fill(a), line, ...new Array(n).fill(b), line] as number[]
        return string.map((symbol, t) => example(hot[symbol] as Tensor, hot[string[t + 1] ?? a] as Tensor))
      }),
    }
  },
)
