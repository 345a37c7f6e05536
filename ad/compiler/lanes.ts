/** Which rows are done entry by entry inside loops, and which have a kernel that sweeps over all entries. */
const lanes = [
  'neg',
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'abs',
  'max',
  'min',
  'relu',
  'greater',
  'where',
  'sign',
] as const
const sweeps = [
  'tanh',
  'exp',
  'sigmoid',
  'log',
  'log1p',
  'expm1',
  'softplus',
  'sin',
  'cos',
  'softmax',
  'logSoftmax',
  'logsumexp',
] as const

export type LaneName = (typeof lanes)[number]

export const isLane = (name: string): name is LaneName => (lanes as readonly string[]).includes(name)
export const isSweep = (name: string): boolean => (sweeps as readonly string[]).includes(name)
