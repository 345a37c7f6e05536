/** Factors that published gradients are off by, by what they come from; the same number may come from several. */
import type { Row } from './matrix.ts'

/** Sizes and numbers of a case that factors are made of. */
export interface Scales {
  readonly T: number
  readonly m: number
  readonly α: number | null
  /** What a row of a block may be multiplied by, unit by unit. */
  readonly units: readonly { readonly says: string; readonly values: Row }[]
}

const named = ({ T, m, α }: Scales): readonly (readonly [number, string])[] => [
  [1 / T, 'divided by T: a mean over steps in place of a sum'],
  [T, 'T times as large: 1/T is missing'],
  [2, 'twice: counted twice, or ½ missing in the loss'],
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
]

/** What a factor may come from, its sign first, as near as the precision of a block allows; nothing where it is not known. */
export const wordsOf = (factor: number, scales: Scales, tolerance: number): string | null => {
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= 10 * tolerance * Math.abs(b)
  if (close(factor, 1)) return ''
  if (close(factor, -1)) return 'with the opposite sign'
  const found = named(scales).filter(([value]) => value !== 1 && close(Math.abs(factor), value))
  if (found.length === 0) return null
  const words = [...new Set(found.map(([, says]) => says))].join('; or ')
  return factor < 0 ? `with the opposite sign, and ${words}` : words
}
