import { type Tensor, tensorOf } from '../../../ad/tensor.ts'

/** The vectors [size] that are 1 at one code and 0 elsewhere, by code: windows of one line of numbers, so that all take 2·size. */
export const hotVectors = (size: number): readonly Tensor[] => {
  const line = new Float64Array(Math.max(0, 2 * size - 1))
  line[size - 1] = 1
  return Array.from({ length: size }, (_, code) =>
    tensorOf([size], line.subarray(size - 1 - code, 2 * size - 1 - code)),
  )
}
