/**
 * Expressions of vectors and matrices, as mathjs nodes made by few constructors. Factors of a product keep their order. A
 * constructor simplifies what it is given by these rewritings and no others; each is a proposition (proofs/ad/rewriting.ts):
 *
 * 1. x + 0 = x, 1 x = x, 0 x = 0, I A = A = A I, --x = x, aᵀᵀ = a, (aᵀ + bᵀ)ᵀ = a + b and (Aᵀ Bᵀ)ᵀ = B A
 * 2. scalars come first; terms that are equal add up, and those that end in the same matrix collect what is before it
 * 3. diag(a) diag(b) = diag(a ⊙ b), k diag(a) = diag(k a), diag(a) v = a ⊙ v
 * 4. A (B ⊗ zᵀ) = (A B) ⊗ zᵀ
 * 5. a ⊙ b + a ⊙ c = a ⊙ (b + c), v ⊙ v = v²
 * 6. √Σ A² = ‖A‖ = ‖Aᵀ‖, Σ over all entries; a choice inside a choice by the same condition is made already
 */
import type { MathNode } from 'mathjs'
import { once } from '../once.ts'
import { mathjs } from './mathjs.ts'

const {
  ConstantNode,
  FunctionNode,
  isConstantNode,
  isFunctionNode,
  isOperatorNode,
  isSymbolNode,
  OperatorNode,
  SymbolNode,
} = mathjs

export type Expression = MathNode
/** Sizes of an expression as rows by columns: 1 × 1, d × 1, 1 × d, or more. */
export type Grade = 'scalar' | 'column' | 'row' | 'matrix'

/** What a symbol stands for, and how it is written. */
export interface Mark {
  /** `h`, `W_rec`, `δ`; a part after an underscore is a subscript of its own. */
  readonly base: string
  readonly grade: Grade
  /** The timestep it belongs to: -1 for t-1, 0 for t, 1 for t+1; a parameter has none. */
  readonly time?: -1 | 0 | 1
  readonly tilde?: true
  /** The layer of a stack, written as a superscript. */
  readonly layer?: string
}

type Marked = InstanceType<typeof SymbolNode> & { readonly mark: Mark }

const keyOfMark = ({ base, time, tilde, layer }: Mark): string =>
  `${base}${tilde ? '~' : ''}${layer === undefined ? '' : `^${layer}`}${time === undefined ? '' : `@${time}`}`

/** A symbol; two of the same mark are equal. One with a key of its own is equal to no symbol of a program. */
export const symbol = (mark: Mark, key = keyOfMark(mark)): Expression => Object.assign(new SymbolNode(key), { mark })

export const markOf = (x: Expression): Mark | undefined => (isSymbolNode(x) ? (x as Partial<Marked>).mark : undefined)

export const number = (x: number): Expression => (x < 0 ? negative(new ConstantNode(-x)) : new ConstantNode(x))
export const identity: Expression = symbol({ base: 'I', grade: 'matrix' }, 'identity')
const [zero, one] = [number(0), number(1)]

/** The name by which equal expressions are known. */
export const keyOf: (x: Expression) => string = once(x => {
  if (isOperatorNode(x)) return `(${x.fn} ${x.args.map(keyOf).join(' ')})`
  return isFunctionNode(x) ? `${x.fn.name}(${x.args.map(keyOf).join(' ')})` : x.toString()
})
export const same = (a: Expression, b: Expression): boolean => a === b || keyOf(a) === keyOf(b)

type Operation = 'add' | 'multiply' | 'dotMultiply' | 'unaryMinus' | 'dotPow' | 'dotDivide' | 'ctranspose'
const signs = {
  add: '+',
  multiply: '*',
  dotMultiply: '.*',
  unaryMinus: '-',
  dotPow: '.^',
  dotDivide: './',
  ctranspose: "'",
} as const
const operate = (fn: Operation, args: readonly Expression[]): Expression =>
  new OperatorNode(signs[fn] as never, fn as never, args as Expression[])

/** The operands of an operation by its name in mathjs; null for any other expression. */
export const operandsOf = (x: Expression, fn: Operation): readonly Expression[] | null => {
  if (!isOperatorNode(x) || String(x.fn) !== fn) return null
  return fn === 'dotMultiply' ? x.args.flatMap(part => operandsOf(part, fn) ?? [part]) : x.args
}

/** The arguments of a function by its name; null for any other expression. */
export const argumentsOf = (x: Expression, name: string): readonly Expression[] | null =>
  isFunctionNode(x) && x.fn.name === name ? x.args : null

/** The function an expression is a call of, if it is one. */
export const calleeOf = (x: Expression): string | undefined => (isFunctionNode(x) ? x.fn.name : undefined)

/** What an expression is made of: operands, arguments, or nothing. */
export const insideOf = (x: Expression): readonly Expression[] =>
  isFunctionNode(x) || isOperatorNode(x) ? (x.args as Expression[]) : []

/** The parts of an expression, inner ones first, itself the last. */
export const partsIn = (x: Expression): readonly Expression[] => {
  const parts: Expression[] = []
  const gather = (part: Expression): void => {
    for (const inside of insideOf(part)) gather(inside)
    parts.push(part)
  }
  gather(x)
  return parts
}

/** The same expression of changed parts, simplified anew; itself where it has none. */
export const within = (x: Expression, change: (part: Expression) => Expression): Expression =>
  rebuilt(x, insideOf(x).map(change))

export const numberIn = (x: Expression): number | undefined => (isConstantNode(x) ? Number(x.value) : undefined)
const isZero = (x: Expression): boolean => numberIn(x) === 0
const isIdentity = (x: Expression): boolean => same(x, identity)

/** Rows by columns of an expression. */
export const gradeOf: (x: Expression) => Grade = once(x => {
  if (isSymbolNode(x)) return markOf(x)?.grade ?? 'scalar'
  if (isFunctionNode(x)) return gradeOfFunction(x.fn.name, x.args)
  if (!isOperatorNode(x)) return 'scalar'
  const grades = x.args.map(gradeOf)
  if (operandsOf(x, 'ctranspose')) return turned[grades[0] as Grade]
  const large = grades.filter(grade => grade !== 'scalar')
  return operandsOf(x, 'multiply') ? gradeOfProduct(large) : (large[0] ?? 'scalar')
})

const turned = { scalar: 'scalar', column: 'row', row: 'column', matrix: 'matrix' } as const
const gradeOfFunction = (name: string, args: readonly Expression[]): Grade => {
  const first = gradeOf(args[0] as Expression)
  if (name === 'diag') return 'matrix'
  if (name === 'kron') return first === 'row' || first === 'scalar' ? 'row' : 'matrix'
  if (name === 'slope') return first === 'scalar' ? 'row' : 'matrix'
  if (name === 'choice') return gradeOf(args[1] as Expression)
  return ['entry', 'indicator', 'total', 'norm'].includes(name) ? 'scalar' : first
}
const gradeOfProduct = (grades: readonly Grade[]): Grade => {
  const tall = grades[0] === 'matrix' || grades[0] === 'column'
  const wide = grades.at(-1) === 'matrix' || grades.at(-1) === 'row'
  if (tall) return wide ? 'matrix' : 'column'
  return wide ? 'row' : 'scalar'
}
const isScalar = (x: Expression): boolean => gradeOf(x) === 'scalar'

/** -x. */
export const negative = (x: Expression): Expression => {
  if (isZero(x)) return x
  const terms = operandsOf(x, 'add')
  return terms ? sum(...terms.map(negative)) : (operandsOf(x, 'unaryMinus')?.[0] ?? operate('unaryMinus', [x]))
}

/** The sign of an expression, and what is left without it. */
export const signed = (x: Expression): readonly [sign: 1 | -1, body: Expression] => {
  const inner = operandsOf(x, 'unaryMinus')?.[0]
  return inner ? [-1, inner] : [1, x]
}
const withSign = (sign: number, x: Expression): Expression => (sign < 0 ? negative(x) : x)

/** What a constructor of products finds: the sign, the numbers multiplied, other scalars, and the rest in order. */
const partsOf = (factors: readonly Expression[]) => {
  let coefficient = 1
  const scalars: Expression[] = []
  const rest: Expression[] = []
  const take = (x: Expression): void => {
    const [sign, body] = signed(x)
    coefficient *= sign
    const [value, inner] = [numberIn(body), operandsOf(body, 'multiply')]
    if (value !== undefined) coefficient *= value
    else if (inner && !isContracted(body)) inner.forEach(take)
    else (isScalar(body) ? scalars : rest).push(body)
  }
  factors.forEach(take)
  return { coefficient, scalars, rest }
}

/** A number made of rows and columns: a scalar as a whole. */
const isContracted = (x: Expression): boolean =>
  isScalar(x) && (operandsOf(x, 'multiply') ?? []).some(factor => !isScalar(factor))

const multiplied = (coefficient: number, factors: readonly Expression[]): Expression => {
  const size = Math.abs(coefficient)
  const all = size === 1 && factors.length > 0 ? factors : [number(size), ...factors]
  return withSign(coefficient, all.length === 1 ? (all[0] as Expression) : operate('multiply', all))
}

/** Two factors as one, where a rewriting joins them. */
const joined = (a: Expression, b: Expression): Expression | null => {
  const [left, right, grid] = [argumentsOf(a, 'diag')?.[0], argumentsOf(b, 'diag')?.[0], argumentsOf(b, 'kron')]
  if (left && right) return diag(entrywise(left, right))
  if (left && gradeOf(b) === 'column') return entrywise(left, b)
  if (isIdentity(a)) return b
  if (isIdentity(b)) return a
  return grid ? kron(product(a, grid[0] as Expression), grid[1] as Expression) : null
}

const merged = (factors: readonly Expression[]): readonly Expression[] => {
  const done: Expression[] = []
  for (const factor of factors.toReversed()) {
    const next = done[0]
    const one = next && joined(factor, next)
    if (one) done[0] = one
    else done.unshift(factor)
  }
  return done
}

/** A product in the order given; scalars come first. */
export const product = (...given: readonly Expression[]): Expression => {
  const { coefficient, scalars, rest } = partsOf(given)
  if (coefficient === 0) return zero
  const struck = rest.find(x => argumentsOf(x, 'cancel'))
  if (struck)
    return cancel(product(multiplied(coefficient, scalars), ...rest.map(x => argumentsOf(x, 'cancel')?.[0] ?? x)))
  const factors = merged(rest)
  if (factors.length < rest.length) return product(multiplied(coefficient, scalars), ...factors)
  const [first, ...others] = factors
  const inner = first && scaledInside(multiplied(Math.abs(coefficient), scalars), first)
  return inner ? multiplied(Math.sign(coefficient), [inner, ...others]) : multiplied(coefficient, [...scalars, ...rest])
}

/** k diag(a) = diag(k a) and k (A ⊗ zᵀ) = (k A) ⊗ zᵀ; null for what takes no scalar in. */
const scaledInside = (k: Expression, x: Expression): Expression | null => {
  if (numberIn(k) === 1) return null
  const [vector, grid] = [argumentsOf(x, 'diag')?.[0], argumentsOf(x, 'kron')]
  if (vector) return diag(product(k, vector))
  return grid ? kron(product(k, grid[0] as Expression), grid[1] as Expression) : null
}

/** a ⊙ b: entry by entry, of columns; scalars scale. */
export const entrywise = (...factors: readonly Expression[]): Expression => {
  const flat = factors.flatMap(x => {
    const [sign, body] = signed(x)
    const parts = isScaled(body) ? (operandsOf(body, 'multiply') ?? []) : [body]
    return sign === -1 ? [number(-1), ...parts] : parts
  })
  const scalars = flat.filter(isScalar)
  const columns = powersOf(flat.filter(x => !isScalar(x)).flatMap(unfolded))
  if (columns.length === 0) return product(...scalars)
  return product(
    ...scalars,
    columns.reduce((a, b) => operate('dotMultiply', [a, b])),
  )
}

/** Scalars times one column, rather than a product of matrices. */
const isScaled = (x: Expression): boolean =>
  (operandsOf(x, 'multiply') ?? []).filter(factor => !isScalar(factor)).length === 1

/** A factor without inner signs and products of its own kind. */
const unfolded = (x: Expression): readonly Expression[] => operandsOf(x, 'dotMultiply') ?? [x]

const powersOf = (factors: readonly Expression[]): readonly Expression[] => {
  const counts = new Map<string, readonly [Expression, number]>()
  for (const factor of factors) {
    const [base, exponent] = powerOf(factor)
    const [, before] = counts.get(keyOf(base)) ?? [base, 0]
    counts.set(keyOf(base), [base, before + exponent])
  }
  return [...counts.values()].map(([base, exponent]) => power(base, exponent))
}
const powerOf = (x: Expression): readonly [Expression, number] => {
  const [base, exponent] = operandsOf(x, 'dotPow') ?? []
  const value = exponent && numberIn(exponent)
  return value === undefined ? [x, 1] : [base as Expression, value]
}

/** A number of terms added up. Equal ones count, and those that end in the same matrix collect what is before it. */
export const sum = (...terms: readonly Expression[]): Expression => {
  const flat = terms.flatMap(x => operandsOf(x, 'add') ?? [x]).filter(x => !isZero(x))
  const groups = new Map<string, { readonly ends: Ends; readonly coefficients: Expression[] }>()
  for (const term of flat) {
    const ends = endsOf(term)
    const found = groups.get(ends.key)
    if (found) found.coefficients.push(ends.coefficient)
    else groups.set(ends.key, { ends, coefficients: [ends.coefficient] })
  }
  const collected = [...groups.values()].map(({ ends, coefficients }) => ends.build(totalled(coefficients)))
  const kept = collected.filter(x => !isZero(x))
  if (kept.length === 0) return zero
  return kept.length === 1 ? (kept[0] as Expression) : operate('add', kept)
}

/** A term as a coefficient and what it ends in. */
interface Ends {
  readonly key: string
  readonly coefficient: Expression
  readonly build: (coefficient: Expression) => Expression
}

const endsOf = (term: Expression): Ends => {
  const { coefficient, scalars, rest } = partsOf([term])
  const vector = argumentsOf(rest[0] ?? one, 'diag')?.[0]
  const grid = argumentsOf(rest[0] ?? one, 'kron')
  if (vector) {
    const after = rest.slice(1)
    return {
      key: `diag ${after.map(keyOf).join(' * ')}`,
      coefficient: entrywise(number(coefficient), ...scalars, vector),
      build: total => product(diag(total), ...after),
    }
  }
  if (grid && gradeOf(term) === 'matrix' && rest.length === 1) {
    const [left, right] = grid as readonly [Expression, Expression]
    return {
      key: `kron ${keyOf(right)}`,
      coefficient: product(number(coefficient), ...scalars, left),
      build: total => kron(total, right),
    }
  }
  return {
    key: `scaled ${rest.map(keyOf).join(' * ')}`,
    coefficient: product(number(coefficient), ...scalars),
    build: total => product(total, ...rest),
  }
}

/** Coefficients added up: numbers first, what columns have in common put before the rest. */
const totalled = (coefficients: readonly Expression[]): Expression => {
  if (coefficients.length === 1) return coefficients[0] as Expression
  const numbers = coefficients.map(x => withNumber(x))
  if (numbers.every(x => x !== undefined)) return number(numbers.reduce((a, b) => a + b, 0))
  return gradeOf(coefficients[0] as Expression) === 'column' ? factored(coefficients) : plain(coefficients)
}
const withNumber = (x: Expression): number | undefined => {
  const [sign, body] = signed(x)
  const value = numberIn(body)
  return value === undefined ? undefined : sign * value
}
const plain = (terms: readonly Expression[]): Expression =>
  gradeOf(terms[0] as Expression) === 'scalar' ? addedUp(terms) : sum(...terms)

/** Scalars with equal ones counted, so that x - x is 0. */
const addedUp = (terms: readonly Expression[]): Expression => {
  const counts = new Map<string, readonly [Expression, number]>()
  for (const term of terms.flatMap(x => operandsOf(x, 'add') ?? [x])) {
    const { coefficient, scalars } = partsOf([term])
    const body = multiplied(1, scalars)
    counts.set(keyOf(body), [body, (counts.get(keyOf(body))?.[1] ?? 0) + coefficient])
  }
  const left = [...counts.values()].flatMap(([body, count]) => (count === 0 ? [] : [product(number(count), body)]))
  if (left.length < 2) return left[0] ?? zero
  return operate('add', left)
}

const factored = (terms: readonly Expression[]): Expression => {
  const lists = terms.map(term => {
    const { coefficient, scalars, rest } = partsOf([term])
    return [number(coefficient), ...scalars, ...(rest.length === 1 ? rest.flatMap(unfolded) : [product(...rest)])]
  })
  const common = (lists[0] as Expression[]).filter(
    x => !isScalar(x) && lists.every(list => list.some(other => same(x, other))),
  )
  if (common.length === 0) return sum(...terms)
  const without = lists.map(list => entrywise(...list.filter(x => !common.some(other => same(x, other)))))
  return entrywise(sum(...without), ...common)
}

/** diag(v) of a column; of a scalar that scalar times I. */
export const diag = (v: Expression): Expression => {
  if (isZero(v)) return zero
  if (isScalar(v)) return product(v, identity)
  const [sign, body] = signed(v)
  return withSign(sign, new FunctionNode('diag', [body]))
}

/** A ⊗ B. */
export const kron = (a: Expression, b: Expression): Expression => {
  if (isZero(a) || isZero(b)) return zero
  const [sign, body] = signed(a)
  return withSign(sign, new FunctionNode('kron', [body, b]))
}

/** How many transposes an expression is written with. */
const turnsIn: (x: Expression) => number = once(
  x => (operandsOf(x, 'ctranspose') ? 1 : 0) + insideOf(x).reduce((count, part) => count + turnsIn(part), 0),
)

/** aᵀ; of a sum, term by term where that takes no more transposes. */
export const transposed = (x: Expression): Expression => {
  if (isScalar(x) || isIdentity(x) || argumentsOf(x, 'diag')) return x
  const [sign, body] = signed(x)
  const terms = operandsOf(body, 'add')?.map(transposed)
  const termwise = terms && sum(...terms)
  if (termwise && turnsIn(termwise) <= turnsIn(body)) return withSign(sign, termwise)
  const { coefficient, scalars, rest } = partsOf([body])
  if (operandsOf(body, 'multiply')) {
    const factors = rest.toReversed().map(transposed)
    const isFewer = factors.reduce((count, part) => count + turnsIn(part), 0) <= turnsIn(body)
    if (rest.length === 1 || isFewer) return product(number(sign * coefficient), ...scalars, ...factors)
  }
  return withSign(sign, operandsOf(body, 'ctranspose')?.[0] ?? operate('ctranspose', [body]))
}

/** A function of one argument, entry by entry. */
export const applied = (name: string, x: Expression): Expression => new FunctionNode(name, [x])

/** Σ x over all entries. */
export const total = (x: Expression): Expression => new FunctionNode('total', [x])

/** √x entry by entry; ‖A‖ of a total of squares. */
export const root = (x: Expression): Expression => {
  const [base, exponent = one] = operandsOf(argumentsOf(x, 'total')?.[0] ?? one, 'dotPow') ?? []
  return numberIn(exponent) === 2 ? norm(base as Expression) : applied('sqrt', x)
}

/** ‖A‖, the root of the sum of squares of all entries. */
export const norm = (x: Expression): Expression => {
  const other = transposed(x)
  return new FunctionNode('norm', [turnsIn(other) < turnsIn(x) ? other : x])
}

/** a where a condition of 0 and 1 is 1, else b. */
export const choice = (condition: Expression, a: Expression, b: Expression): Expression => {
  const made = (x: Expression, which: 1 | 2): Expression => {
    const inner = argumentsOf(x, 'choice')
    return inner && same(inner[0] as Expression, condition)
      ? made(inner[which] as Expression, which)
      : within(x, part => made(part, which))
  }
  return new FunctionNode('choice', [condition, made(a, 1), made(b, 2)])
}

/** xⁿ entry by entry. */
export const power = (x: Expression, n: number): Expression => {
  if (n === 0) return one
  return n === 1 || (n > 0 && isZero(x)) ? x : operate('dotPow', [x, number(n)])
}

/** aᵇ entry by entry, of any exponent. */
export const raised = (a: Expression, b: Expression): Expression => {
  const [sign, body] = signed(b)
  const n = numberIn(body)
  return n === undefined ? operate('dotPow', [a, b]) : power(a, sign * n)
}

/** a / b entry by entry; (1 / b) A of a matrix and a number. */
export const quotient = (a: Expression, b: Expression): Expression => {
  if (isZero(a) || numberIn(b) === 1) return a
  if (gradeOf(a) === 'matrix' && isScalar(b)) return product(quotient(one, b), a)
  const [sign, body] = signed(a)
  return withSign(sign, operate('dotDivide', [body, b]))
}

/** What an approximation left out: shown struck out, worth nothing. */
export const cancel = (x: Expression): Expression => (isZero(x) ? x : new FunctionNode('cancel', [x]))

/** Columns one above the other. */
export const stack = (columns: readonly Expression[]): Expression => new FunctionNode('stack', columns as Expression[])

/** ∂a/∂b, as a name: nothing is differentiated. */
export const slope = (a: Expression, b: Expression): Expression => new FunctionNode('slope', [a, b])

/** Σ over an index, or over time where none is named. */
export const over = (x: Expression, index?: string): Expression =>
  new FunctionNode('over', [x, symbol({ base: index ?? 't', grade: 'scalar' })])

/** One entry of a matrix or column, by the names of its indices. */
export const entry = (x: Expression, indices: string): Expression =>
  new FunctionNode('entry', [x, symbol({ base: indices, grade: 'scalar' })])

/** 1 where two indices are the same, else 0. */
export const indicator = (k: string, a: string): Expression =>
  new FunctionNode('indicator', [symbol({ base: `${k}=${a}`, grade: 'scalar' })])

/** A product of sums as a sum of products. */
export const expanded = (x: Expression): Expression => {
  const factors = operandsOf(x, 'multiply')?.map(factor => operandsOf(factor, 'add') ?? [factor])
  if (!factors || factors.every(({ length }) => length === 1))
    return gradeOf(x) === 'matrix' && !argumentsOf(x, 'diag') ? within(x, expanded) : x
  const lists = factors.reduce<readonly (readonly Expression[])[]>(
    (done, choices) => done.flatMap(list => choices.map(choice => [...list, choice])),
    [[]],
  )
  return sum(...lists.map(list => expanded(product(...list))))
}

/** Writes every part of an expression that is equal to one of the left as its right. A part that several share is written once. */
export const renaming = (names: readonly (readonly [Expression, Expression])[]): ((x: Expression) => Expression) => {
  const known = new Map(names.toReversed().map(([from, to]) => [keyOf(from), to]))
  const inNames: (part: Expression) => Expression = once(part => {
    const found = known.get(keyOf(part))
    if (found) return found
    const [inside, after] = [insideOf(part), insideOf(part).map(inNames)]
    return after.every((one, i) => one === inside[i]) ? part : rebuilt(part, after)
  })
  return inNames
}

/** An expression with every part that is equal to one of the left written as its right. */
export const renamed = (x: Expression, names: readonly (readonly [Expression, Expression])[]): Expression =>
  renaming(names)(x)

/** An expression with every symbol of a timestep moved on in time. */
export const later = (x: Expression): Expression => {
  const mark = markOf(x)
  if (mark?.time !== undefined) return symbol({ ...mark, time: Math.min(mark.time + 1, 1) as 0 | 1 })
  return within(x, later)
}

/** The same operation or function of other parts, simplified anew. */
export const rebuilt = (x: Expression, parts: readonly Expression[]): Expression => {
  const name = isOperatorNode(x) ? String(x.fn) : calleeOf(x)
  const [first, second] = parts as readonly [Expression, Expression]
  switch (name) {
    case 'add':
      return sum(...parts)
    case 'multiply':
      return product(...parts)
    case 'dotMultiply':
      return entrywise(...parts)
    case 'unaryMinus':
      return negative(first)
    case 'ctranspose':
      return transposed(first)
    case 'diag':
      return diag(first)
    case 'kron':
      return kron(first, second)
    case 'cancel':
      return cancel(first)
    case 'dotPow':
      return raised(first, second)
    case 'dotDivide':
      return quotient(first, second)
    case 'sqrt':
      return root(first)
    case 'norm':
      return norm(first)
    case 'choice':
      return choice(first, second, parts[2] as Expression)
    case undefined:
      return x
    default:
      return new FunctionNode(name, parts as Expression[])
  }
}
