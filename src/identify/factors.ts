/** Factors that published gradients are off by, by what they come from; the same number may come from several. */
import type { Row } from './matrix.ts'

/** Sizes and numbers of a case that factors are made of. */
export interface Scales {
  readonly T: number
  readonly m: number
  readonly α: number | null
  /** What the root of a loss of the whole run divides by, beside m; null where the loss is a sum. */
  readonly root: number | null
  /** What a row of a block may be multiplied by, unit by unit. */
  readonly units: readonly { readonly says: string; readonly values: Row }[]
}

const named = ({ T, m, α, root }: Scales): readonly (readonly [number, string])[] => [
  [1 / T, 'divided by T: a mean over steps in place of a sum'],
  [T, 'T times as large: 1/T is missing'],
  [2, 'twice: counted twice, a batch of 2 summed in place of its mean, or ½ missing in the loss'],
  [0.5, 'half: a ½ too many'],
  [1 / m, 'divided by m: a mean over outputs in place of a sum'],
  [m, 'm times as large: a sum over outputs in place of a mean'],
  [2 / m, '2/m times: mean squared error in place of half the sum'],
  [2 / (m * T), '2/(mT) times: mean squared error over steps in place of half the sum'],
  [1 / (m * T), 'divided by mT: a mean over steps and outputs'],
  ...(α !== null && α < 1
    ? ([
        [1 / α, 'divided by α: α is missing'],
        [α, 'times α: α once too often'],
      ] as const)
    : []),
  ...(root !== null
    ? ([
        [2 * m * root, 'of the sum of squared errors in place of its root mean'],
        [m * root, 'of half the sum of squared errors in place of its root mean'],
      ] as const)
    : []),
]

/** A whole number of sequences, or one over it, from 3 on: 2 has other origins too. */
const ofBatch = (x: number, close: (a: number, b: number) => boolean): readonly (readonly [number, string])[] => {
  const [k, part] = [Math.round(x), Math.round(1 / x)]
  if (k > 2 && k <= 64 && close(x, k))
    return [[x, `${k} times as large: a batch of ${k} is summed in place of its mean`]]
  return part > 2 && part <= 64 && close(x, 1 / part)
    ? [[x, `divided by ${part}: a mean over a batch of ${part} in place of its sum`]]
    : []
}

/** What a factor may come from, its sign first, as near as the precision of a block allows; nothing where it is not known. */
export const wordsOf = (factor: number, scales: Scales, tolerance: number): string | null => {
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= 10 * tolerance * Math.abs(b)
  if (close(factor, 1)) return ''
  if (close(factor, -1)) return 'with the opposite sign'
  const known = named(scales).filter(([value]) => value !== 1 && close(Math.abs(factor), value))
  const found = [...known, ...ofBatch(Math.abs(factor), close)]
  if (found.length === 0) return null
  const words = [...new Set(found.map(([, says]) => says))].join('; or ')
  return factor < 0 ? `with the opposite sign, and ${words}` : words
}
