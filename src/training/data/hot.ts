import { type Tensor, tensorOf } from '../../../ad/tensor.ts'

/** The vectors [size] that are 1 at one code and 0 elsewhere, by code. */
export const hotVectors = (size: number): readonly Tensor[] =>
  Array.from({ length: size }, (_, code) =>
    tensorOf(
      [size],
      Float64Array.from({ length: size }, (_, i) => +(i === code)),
    ),
  )
