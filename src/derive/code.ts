/** Expressions as TypeScript over the functions of the prelude. */
import type { Mark } from '../../ad/symbols/expression.ts'
import { type Notation, written } from '../../ad/symbols/notation.ts'

const times = { '-1': '_before', '0': '', '1': '_after' } as const

/** Reserved words of emitted code: its functions, its variables, and those of the language. */
const reserved = new Set([
  ...'isNumber map zip add neg each over turn times mul diag eye zeros kron blocks size gradient timestep state run now'.split(
    ' ',
  ),
  ...'total states params start inputs outputError logits output out bias t x sum do if in for var let new try this const'.split(
    ' ',
  ),
  ...'case else enum eval null true void with break catch class false super throw while yield await delete export'.split(
    ' ',
  ),
  ...'import public return static switch typeof default extends finally package private continue debugger function'.split(
    ' ',
  ),
])

/** The name a mark has in code; a reserved one gets an underscore. */
export const identifier = ({ base, time, tilde, layer }: Mark): string => {
  const word = base.replace(/[^\p{L}\p{N}_]/gu, '')
  const name = `${word}${tilde ? '_immediate' : ''}${layer === undefined ? '' : `_${layer.replaceAll('.', '_')}`}`
  return `${reserved.has(name) && base !== 'x' ? `${name}_` : name}${time === undefined ? '' : times[time]}`
}

const functions: { readonly [name: string]: string } = {
  tanh: 'Math.tanh',
  exp: 'Math.exp',
  log: 'Math.log',
  sqrt: 'Math.sqrt',
  sin: 'Math.sin',
  cos: 'Math.cos',
  abs: 'Math.abs',
  sign: 'Math.sign',
  log1p: 'Math.log1p',
  expm1: 'Math.expm1',
  sigmoid: 'x => 1 / (1 + Math.exp(-x))',
  relu: 'x => Math.max(x, 0)',
  step: 'x => (x > 0 ? 1 : 0)',
  softplus: 'x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))',
}

/** TypeScript over the functions of the prelude. What is struck out is left out beforehand. */
const code: Notation = {
  symbol: identifier,
  number: String,
  sum: terms => {
    const signed = terms.map(([sign, text]) => (sign < 0 ? `neg(${text})` : text))
    return signed.length === 1 ? (signed[0] as string) : `add(${signed.join(', ')})`
  },
  product: factors => `mul(${factors.join(', ')})`,
  entrywise: factors => `each(${factors.join(', ')})`,
  kron: (a, b) => `kron(${a}, ${b})`,
  fraction: (a, b) => `over(${a}, ${b})`,
  power: (base, exponent) => `map(x => x ** ${exponent}, ${base})`,
  transposed: x => `turn(${x})`,
  call: (name, x) => (name === 'diag' ? `diag(${x})` : `map(${functions[name] ?? name}, ${x})`),
  cancelled: () => '',
  slope: () => '',
  over: x => x,
  entry: x => x,
  indicator: x => x,
  stack: columns => columns.join(', '),
  group: x => x,
}
export const inCode = written(code)
