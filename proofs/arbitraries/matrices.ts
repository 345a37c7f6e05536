/** Tensors and blocks as mathjs has them: rows of numbers, a vector a column. */
import type { Expression } from '../../ad/symbols/expression.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Worth } from '../oracles/expressions.ts'

export type Grid = readonly (readonly number[])[]

/** A tensor as mathjs has it: a vector is a column. */
export const worth = ({ shape, data }: Tensor): Worth => {
  const [rows, columns = 1] = shape
  if (rows === undefined) return data[0] as number
  return Array.from({ length: rows }, (_, i) => [...data.slice(i * columns, (i + 1) * columns)])
}
export const eye = (d: number): Grid =>
  Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +(i === j)))
export const keyOf = (x: Expression): string => x.toString()
/** Blocks as one matrix, row by row; a number fills its block, as 0 does. */
export const assembled = (
  blocks: readonly (readonly Worth[])[],
  heights: readonly number[],
  widths: readonly number[],
) =>
  blocks.flatMap((list, i) =>
    Array.from({ length: heights[i] as number }, (_, k) =>
      list.flatMap((block, j) =>
        typeof block === 'number' ? new Array<number>(widths[j] as number).fill(block) : (block[k] as number[]),
      ),
    ),
  )
