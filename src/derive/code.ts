/** Expressions as TypeScript over the functions of the prelude. */
import type { Mark } from '../../ad/symbols/expression.ts'
import { type Notation, written } from '../../ad/symbols/notation.ts'

const times = { '-1': '_before', '0': '', '1': '_after' } as const

/** Names of emitted code that a cell's names must not be: its functions, its variables, and the words of the language. */
const reserved = new Set([
  ...'isNumber map zip add neg each over turn times mul diag eye zeros kron blocks size norm positive joined apart gradient timestep state run now'.split(
    ' ',
  ),
  ...'total states params start inputs logitError logits output out bias t x sum do if in for var let new try this const'.split(
    ' ',
  ),
  ...'case else enum eval null true void with break catch class false super throw while yield await delete export'.split(
    ' ',
  ),
  ...'import public return static switch typeof default extends finally package private continue debugger function'.split(
    ' ',
  ),
  ...'arguments implements instanceof interface protected undefined NaN Infinity Math globalThis __proto__ _'.split(
    ' ',
  ),
])
/** What emitted code makes of a name: h_before, κ_at, I_h, J_own. */
const derived = /^I_|_(before|after|immediate|at|own|cross|all)$/

/**
 * A word as code has it: what cannot stand in a name becomes $ and its code, a digit below the line $ and the digit; a name that
 * emitted code uses itself gets a $. No name of a cell has a $, so that two names never become one.
 */
const worded = (base: string): string => {
  const word = base.replace(/[^\p{ID_Continue}]/gu, sign => {
    const digit = '₀₁₂₃₄₅₆₇₈₉'.indexOf(sign)
    return `$${digit < 0 ? sign.codePointAt(0)?.toString(16) : digit}`
  })
  return base !== 'x' && (reserved.has(word) || derived.test(word)) ? `${word}$` : word
}

/** The name a mark has in code. */
export const identifier = ({ base, time, tilde, layer }: Mark): string =>
  `${worded(base)}${tilde ? '_immediate' : ''}${layer === undefined ? '' : `_${layer.replaceAll('.', '_')}`}${time === undefined ? '' : times[time]}`

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
  power: (base, exponent) => `zip((x, y) => x ** y, ${base}, ${exponent})`,
  transposed: x => `turn(${x})`,
  call: (name, x) => (name === 'diag' ? `diag(${x})` : `map(${functions[name] ?? name}, ${x})`),
  norm: x => `norm(${x})`,
  choice: (above, a, b) => `(positive(${above.join(', ')}) ? ${a} : ${b})`,
  cancelled: () => '',
  slope: () => '',
  over: x => x,
  entry: x => x,
  indicator: x => x,
  stack: columns => `joined(${columns.join(', ')})`,
  group: x => x,
}
export const inCode = written(code)
