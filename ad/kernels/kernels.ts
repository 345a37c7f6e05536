// The numeric kernels over one imported memory, compiled once for each element type.
export { cos, sin } from './circle'
export { gather, scatter } from './gather'
export { gemm } from './gemm'
export { exp, expm1, log, log1p, sigmoid, softplus, tanh } from './maths'
export { move } from './move'
export { logSoftmax, logsumexp, softmax } from './softmax'
export { leadingEigenvectors } from './symmetric'
export { dot, fill, matvec, outer, sumRows, total, vecmat } from './vectors'
