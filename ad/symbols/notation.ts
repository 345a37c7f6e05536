/** Expressions written down: as Unicode text, LaTeX, or Typst. */
import {
  argumentsOf,
  calleeOf,
  type Expression,
  insideOf,
  type Mark,
  markOf,
  numberIn,
  operandsOf,
  signed,
} from './expression.ts'

/** One way to write each thing an expression is made of, its parts written already. */
export interface Notation {
  symbol(mark: Mark): string
  number(x: number): string
  /** Terms with their signs, the first positive if any is. */
  sum(terms: readonly (readonly [sign: 1 | -1, text: string])[]): string
  product(factors: readonly string[]): string
  entrywise(factors: readonly string[]): string
  kron(a: string, b: string): string
  fraction(a: string, b: string): string
  power(base: string, exponent: string): string
  transposed(x: string): string
  call(name: string, x: string): string
  norm(x: string): string
  /** One of two: the first where all of some numbers are above 0. */
  choice(above: readonly string[], a: string, b: string): string
  cancelled(x: string): string
  slope(a: string, b: string): string
  over(x: string, index: string): string
  entry(x: string, indices: string): string
  indicator(equation: string): string
  stack(columns: readonly string[]): string
  group(x: string): string
}

/** How tightly an expression holds together, by what it is made with. */
const tightness = (x: Expression): number => {
  const [sign] = signed(x)
  if (operandsOf(x, 'add') || sign === -1) return 1
  if (operandsOf(x, 'dotMultiply') || operandsOf(x, 'dotDivide') || argumentsOf(x, 'kron') || argumentsOf(x, 'over'))
    return 2
  if (operandsOf(x, 'multiply')) return 3
  return operandsOf(x, 'dotPow') || operandsOf(x, 'ctranspose') ? 4 : 5
}

/** Writes an expression in a notation. */
export const written =
  (notation: Notation) =>
  (x: Expression): string => {
    const at = (part: Expression, tight: number): string =>
      tightness(part) < tight ? notation.group(write(part)) : write(part)
    const write = (x: Expression): string => {
      const [mark, value] = [markOf(x), numberIn(x)]
      if (mark) return notation.symbol(mark)
      if (value !== undefined) return notation.number(value)
      return composed(x, at, write) ?? x.toString()
    }
    const composed = (x: Expression, at: Writer, write: (x: Expression) => string): string | undefined => {
      const [a, b] = insideOf(x) as readonly [Expression, Expression]
      const terms = operandsOf(x, 'add') ?? (operandsOf(x, 'unaryMinus') ? [x] : null)
      if (terms) return notation.sum(positiveFirst(terms).map(([sign, body]) => [sign, at(body, 2)] as const))
      const [factors, parts] = [operandsOf(x, 'multiply'), operandsOf(x, 'dotMultiply')]
      if (factors) return notation.product(factors.map((part, i) => at(part, isLastSum(part, i, factors) ? 2 : 3)))
      if (parts) return notation.entrywise(parts.map(part => at(part, 3)))
      if (operandsOf(x, 'dotPow')) return notation.power(at(a, 5), write(b))
      if (operandsOf(x, 'dotDivide')) return notation.fraction(at(a, 4), at(b, 4))
      if (operandsOf(x, 'ctranspose')) return notation.transposed(at(a, 5))
      if (argumentsOf(x, 'kron')) return notation.kron(at(a, 3), at(b, 3))
      if (argumentsOf(x, 'slope')) return notation.slope(write(a), write(b))
      if (argumentsOf(x, 'over')) return notation.over(at(a, 2), plainly(b))
      if (argumentsOf(x, 'entry')) return notation.entry(at(a, 5), plainly(b))
      if (argumentsOf(x, 'indicator')) return notation.indicator(plainly(a))
      if (argumentsOf(x, 'stack')) return notation.stack(insideOf(x).map(write))
      if (argumentsOf(x, 'cancel')) return notation.cancelled(at(a, 2))
      if (argumentsOf(x, 'norm')) return notation.norm(write(a))
      if (argumentsOf(x, 'choice'))
        return notation.choice(numbersOf(a).map(write), write(b), write(insideOf(x)[2] as Expression))
      const name = calleeOf(x)
      return name === undefined ? undefined : notation.call(name, write(a))
    }
    return write(x)
  }

/** A sum over an index that ends a product: nothing after it could be taken into it. */
const isLastSum = (part: Expression, i: number, factors: readonly Expression[]): boolean =>
  i === factors.length - 1 && argumentsOf(part, 'over') !== null

/** Indices, as they are. */
const plainly = (x: Expression): string => markOf(x)?.base ?? ''

/** The numbers of which a condition says that they are above 0. */
const numbersOf = (condition: Expression): readonly Expression[] =>
  (operandsOf(condition, 'multiply') ?? [condition]).flatMap(insideOf)

type Writer = (part: Expression, tight: number) => string

const positiveFirst = (terms: readonly Expression[]): readonly (readonly [1 | -1, Expression])[] => {
  const all = terms.map(signed)
  const first = all.findIndex(([sign]) => sign === 1)
  return first <= 0 ? all : [all[first] as (typeof all)[number], ...all.filter((_, i) => i !== first)]
}

/** Terms joined by their signs. */
const added = (terms: readonly (readonly [1 | -1, string])[], minus = '-'): string =>
  terms
    .map(([sign, text], i) =>
      i === 0 ? (sign === -1 ? `${minus}${text}` : text) : ` ${sign === -1 ? minus : '+'} ${text}`,
    )
    .join('')

const decimal = (x: number): string => String(Number(x.toPrecision(12)))

const below = [...'₀₁₂₃₄₅₆₇₈₉']
/** Digits below the line as digits. */
const onLine = (text: string): string => text.replace(/[₀-₉]/g, digit => String(below.indexOf(digit)))
/** A symbol's base: its letter, and the word below it. */
const wordOf = (base: string): readonly [letter: string, below: string] => {
  const digits = onLine(base.replace(/[₀-₉]+$/, '_$&'))
  const [letter = '', ...rest] = digits.split('_')
  return [letter, rest.join('_').replace(/^\((.*)\)$/, '$1')]
}

const small = 'ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ-ʳˢᵗᵘᵛʷˣʸᶻ'
const above: { readonly [letter: string]: string } = {
  ...Object.fromEntries([...small].map((letter, i) => [String.fromCharCode(97 + i), letter])),
  ...{ '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴', '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹' },
}
const raised = (text: string): string =>
  [...text].every(letter => letter in above)
    ? [...text].map(letter => above[letter]).join('')
    : /^-?[\p{Ll}\p{Lu}\p{Nd}_.₀-₉]+$/u.test(text)
      ? `^${text}`
      : `^(${text})`
const moments = { '-1': 'ₜ₋₁', '0': 'ₜ', '1': 'ₜ₊₁' } as const

/** A stroke through every letter. */
const struck = (text: string): string => text.replace(/.\p{M}*/gu, '$&\u0336')

const greek = new Set(['alpha', 'beta', 'gamma', 'delta', 'lambda', 'sigma', 'rho', 'theta', 'phi', 'nu'])
const names: { readonly [name: string]: string } = { sigmoid: 'σ', sqrt: '√', total: 'Σ ' }

/** Unicode: `(1 - α) hₜ₋₁ + α tanh(uₜ)`. */
export const text: Notation = {
  symbol: ({ base, time, tilde, layer }) =>
    `${base.replace(/^(\p{L})/u, letter => (tilde ? `${letter}\u0303` : letter)).replace(/_(\d)$/, (_, digit) => below[Number(digit)] ?? '')}${layer === undefined ? '' : raised(layer)}${time === undefined ? '' : moments[time]}`,
  number: decimal,
  sum: terms => added(terms),
  product: factors => factors.join(' '),
  entrywise: factors => factors.join(' ⊙ '),
  kron: (a, b) => `${a} ⊗ ${b}`,
  fraction: (a, b) => `${a} / ${b}`,
  power: (base, exponent) => `${base}${raised(exponent)}`,
  transposed: x => `${x}ᵀ`,
  call: (name, x) => `${names[name] ?? name}(${x})`,
  norm: x => `‖${x}‖`,
  choice: (above, a, b) => `${a} where ${above.map(x => `${x} > 0`).join(' and ')}, else ${b}`,
  cancelled: struck,
  slope: (a, b) => `∂${a}/∂${b}`,
  over: (x, index) => (index === 't' ? `Σₜ ${x}` : `Σ_${index} ${x}`),
  entry: (x, indices) => `${x}[${indices}]`,
  indicator: equation => `1[${equation}]`,
  stack: columns => `[${columns.join('; ')}]`,
  group: x => `(${x})`,
}

const commands: { readonly [letter: string]: string } = {
  ...{ α: 'alpha', β: 'beta', γ: 'gamma', δ: 'delta', ε: 'varepsilon', θ: 'theta', κ: 'kappa', λ: 'lambda' },
  ...{ ν: 'nu', ξ: 'xi', ρ: 'rho', σ: 'sigma', φ: 'varphi', ψ: 'psi', '∂': 'partial' },
}
const texLetter = (letter: string): string =>
  commands[letter]
    ? `\\${commands[letter]}`
    : greek.has(letter)
      ? `\\${letter}`
      : letter.length > 1 && !/^\d+$/.test(letter)
        ? `\\mathrm{${letter}}`
        : letter
const texTime = { '-1': 't-1', '0': 't', '1': 't+1' } as const
const native = ['tanh', 'exp', 'log', 'sin', 'cos']
const texName = (name: string): string =>
  native.includes(name)
    ? `\\${name}`
    : name === 'sigmoid'
      ? '\\sigma'
      : /^[a-z]'?$/.test(name)
        ? name
        : `\\operatorname{${name}}`

/** LaTeX, as KaTeX reads it too. */
export const tex: Notation = {
  symbol: ({ base, time, tilde, layer }) => {
    const [letter, under] = wordOf(base)
    const word = under === '' ? '' : under.length > 1 && !/^\d+$/.test(under) ? `\\mathrm{${under}}` : texLetter(under)
    const sub = [word, ...(time === undefined ? [] : [texTime[time]])].filter(part => part !== '').join(',')
    const body = tilde ? `\\tilde{${texLetter(letter)}}` : texLetter(letter)
    return `${body}${layer === undefined ? '' : `^{${layer.length > 1 ? `\\mathrm{${onLine(layer)}}` : layer}}`}${sub && `_{${sub}}`}`
  },
  number: decimal,
  sum: terms => added(terms),
  product: factors => factors.join(' '),
  entrywise: factors => factors.join(' \\odot '),
  kron: (a, b) => `${a} \\otimes ${b}`,
  fraction: (a, b) => `\\frac{${a}}{${b}}`,
  power: (base, exponent) => `{${base}}^{${exponent}}`,
  transposed: x => `{${x}}^{\\top}`,
  call: (name, x) =>
    name === 'sqrt' ? `\\sqrt{${x}}` : `${name === 'total' ? '\\textstyle\\sum' : texName(name)}\\left(${x}\\right)`,
  norm: x => `\\left\\|${x}\\right\\|`,
  choice: (above, a, b) =>
    `\\begin{cases} ${a} & \\text{where } ${above.map(x => `${x} > 0`).join(', ')} \\\\ ${b} & \\text{else} \\end{cases}`,
  cancelled: x => `\\cancel{${x}}`,
  slope: (a, b) => `\\frac{\\partial ${a}}{\\partial ${b}}`,
  over: (x, index) => `\\sum_{${index}} ${x}`,
  entry: (x, indices) => `${x}[${indices}]`,
  indicator: equation => `\\mathbf{1}[${equation}]`,
  stack: columns => `[${columns.join('; ')}]`,
  group: x => `\\left(${x}\\right)`,
}

const typstLetter = (letter: string): string =>
  commands[letter]?.replace(/^var/, '') ??
  (letter.length > 1 && !greek.has(letter) && !/^\d+$/.test(letter) ? `"${letter}"` : letter)

const typstNames: { readonly [name: string]: string } = { sigmoid: 'sigma', sqrt: 'sqrt', total: 'sum' }
const typstName = (name: string): string => typstNames[name] ?? (/^[a-z]'?$/.test(name) ? name : `op("${name}")`)

/** Typst's mathematics. */
export const typst: Notation = {
  symbol: ({ base, time, tilde, layer }) => {
    const [letter, under] = wordOf(base)
    const word = under === '' ? '' : under.length > 1 && !/^\d+$/.test(under) ? `"${under}"` : typstLetter(under)
    const sub = [word, ...(time === undefined ? [] : [texTime[time]])].filter(part => part !== '').join(', ')
    const body = tilde ? `tilde(${typstLetter(letter)})` : typstLetter(letter)
    return `${body}${sub && `_(${sub})`}${layer === undefined ? '' : `^(${layer.length > 1 ? `"${onLine(layer)}"` : layer})`}`
  },
  number: decimal,
  sum: terms => added(terms),
  product: factors => factors.join(' '),
  entrywise: factors => factors.join(' dot.circle '),
  kron: (a, b) => `${a} times.circle ${b}`,
  fraction: (a, b) => `(${a}) / (${b})`,
  power: (base, exponent) => `${base}^(${exponent})`,
  transposed: x => `${x}^top`,
  call: (name, x) => `${typstName(name)}(${x})`,
  norm: x => `norm(${x})`,
  choice: (above, a, b) => `cases(${a} & "where" ${above.map(x => `${x} > 0`).join(' "and" ')}, ${b} & "else")`,
  cancelled: x => `cancel(${x})`,
  slope: (a, b) => `(partial ${a}) / (partial ${b})`,
  over: (x, index) => `sum_(${index}) ${x}`,
  entry: (x, indices) => `${x}[${indices.split(',').join(', ')}]`,
  indicator: equation => `bold(1)[${equation.replace('=', ' = ')}]`,
  stack: columns => `vec(${columns.join(', ')})`,
  group: x => `(${x})`,
}

export const notations = { text, tex, typst } as const
