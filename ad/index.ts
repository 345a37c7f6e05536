/** Differentiation inside one instant: values, primitives, the interpreters over them, and arrows. */
/** Arrows under one name: `arrows.add` and `arrows.outer` are not the operations on values. */
export * as arrows from './arrow.ts'
export {
  compose,
  dense,
  identity,
  type Linear,
  masked,
  matrix,
  matrixOf,
  nothing,
  pull,
  push,
  scale,
  zero,
} from './arrow.ts'
export { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, valueAndGrad, vjp, vmap } from './calculus.ts'
export { dot, logSoftmax, logsumexp, matmul, matvec, mean, outer, softmax } from './contraction.ts'
export * from './elementwise.ts'
export * from './errors.ts'
export { concat, reshape, slice, spread, stack, sum, transpose } from './layout.ts'
export { type Operation, operation } from './operation.ts'
export { record, type Tape } from './reverse.ts'
export * from './space.ts'
export { table } from './table.ts'
export { eye, full, type Nested, nested, ones, type Shape, scalar, show, type Tensor, tensor, zeros } from './tensor.ts'
export type { Branch, Loose, Tree } from './tree.ts'
export { type Interpreter, item, type Like, type Primitive, type Value } from './value.ts'
