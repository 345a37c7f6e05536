/**
 * Differentiation inside one instant: values, primitives, the interpreters over them, and arrows.
 * `arrows` has them all under one name, since `arrows.add` and `arrows.outer` are not the operations on values.
 */
export * as arrows from './arrow.ts'
export { compose, identity, type Linear, masked, matrix, nothing, scale, zero } from './arrow.ts'
export { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, valueAndGrad, vjp, vmap } from './calculus.ts'
export { type Compiling, compile } from './compile.ts'
export { type Engine, type EngineLike, engineOf } from './compiler/engine.ts'
export { type Cost, cost, costOf } from './cost.ts'
export * from './elementwise.ts'
export * from './errors.ts'
export { dense, matrixOf, pull, push } from './follow.ts'
export { concat, reshape, slice, spread, stack, sum, transpose } from './layout.ts'
export { type Operation, operation } from './operation.ts'
export { dot, matmul, matvec, outer } from './product.ts'
export { logSoftmax, logsumexp, mean, softmax } from './reduction.ts'
export { record, type Tape } from './reverse.ts'
export * from './space.ts'
export { table } from './table.ts'
export { eye, full, type Nested, nested, ones, type Shape, scalar, show, type Tensor, tensor, zeros } from './tensor.ts'
export { type Graph, trace } from './trace.ts'
export type { Branch, Loose, Tree } from './tree.ts'
export { type Interpreter, item, type Like, type Primitive, type Value } from './value.ts'
