/**
 * Differentiation inside one timestep: values, primitives, the interpreters over them, and linear maps.
 * `arrows` has them all under one name, since `arrows.add` and `arrows.outer` are not the operations on values.
 */

export { type Compiling, compile } from './compiler/compile.ts'
export { type Engine, type EngineLike, engineOf } from './compiler/engine.ts'
export { alignment, distance, entries } from './distance.ts'
export * from './errors.ts'
export { dense, pull, push, toMatrix } from './linear/apply.ts'
export * as arrows from './linear/linear.ts'
export { compose, identity, type Linear, masked, matrix, plus, scale, zero, zeroMap } from './linear/linear.ts'
export { own } from './linear/own.ts'
export * from './linear/space.ts'
export { type Cost, cost, costOf } from './modes/cost.ts'
export { record, type Tape } from './modes/tape.ts'
export { type Graph, trace } from './modes/trace.ts'
export { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, valueAndGrad, vjp, vmap } from './modes/transforms.ts'
export { type Operation, operation } from './operation.ts'
export { dot, matmul, matvec, outer } from './primitives/contraction.ts'
export * from './primitives/elementwise.ts'
export { column, gather, scatter } from './primitives/indexing.ts'
export { broadcastTo, concat, reshape, slice, stack, sum, transpose } from './primitives/layout.ts'
export { logSoftmax, logsumexp, mean, softmax } from './primitives/reduction.ts'
export { arctanSpike, fastSigmoidSpike, triangularSpike } from './primitives/spikes.ts'
export { table } from './primitives/table.ts'
export { eye, full, type Nested, nested, ones, type Shape, scalar, show, type Tensor, tensor, zeros } from './tensor.ts'
export type { Branch, Loose, Tree } from './tree.ts'
export { type Interpreter, item, type Like, type Primitive, type Value } from './value.ts'
