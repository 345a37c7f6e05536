import test from 'ava'
import {
  applied,
  cancel,
  type Expression,
  entry,
  entrywise,
  indicator,
  kron,
  type Mark,
  negative,
  norm,
  number,
  over,
  power,
  product,
  quotient,
  raised,
  root,
  slope,
  stack,
  sum,
  symbol,
  total,
  transposed,
} from '../../../ad/symbols/expression.ts'
import { notations, written } from '../../../ad/symbols/notation.ts'

/** A symbol as text, as LaTeX and as Typst. */
const symbols: readonly (readonly [Omit<Mark, 'grade'>, text: string, tex: string, typst: string])[] = [
  [{ base: 'a' }, 'a', 'a', 'a'],
  [{ base: 'ab' }, 'ab', '\\mathrm{ab}', '"ab"'],
  [{ base: '12' }, '12', '12', '12'],
  [{ base: 'rho' }, 'rho', '\\rho', 'rho'],
  [{ base: 'ε' }, 'ε', '\\varepsilon', 'epsilon'],
  [{ base: 'W_x' }, 'W_x', 'W_{x}', 'W_(x)'],
  [{ base: 'W_out' }, 'W_out', 'W_{\\mathrm{out}}', 'W_("out")'],
  [{ base: 'W_nu' }, 'W_nu', 'W_{\\mathrm{nu}}', 'W_("nu")'],
  [{ base: 'h_1' }, 'h₁', 'h_{1}', 'h_(1)'],
  [{ base: 'h_12' }, 'h_12', 'h_{12}', 'h_(12)'],
  [{ base: 'h₁₂' }, 'h₁₂', 'h_{12}', 'h_(12)'],
  [{ base: 'W_λ', time: 1 }, 'W_λₜ₊₁', 'W_{\\lambda,t+1}', 'W_(lambda, t+1)'],
  [{ base: 'h', layer: '2' }, 'h²', 'h^{2}', 'h^(2)'],
  [{ base: 'h', layer: '12' }, 'h¹²', 'h^{\\mathrm{12}}', 'h^("12")'],
  [{ base: 'W_(ab)' }, 'W_(ab)', 'W_{\\mathrm{ab}}', 'W_("ab")'],
  [{ base: 'h', layer: 'own', time: -1 }, 'hᵒʷⁿₜ₋₁', 'h^{\\mathrm{own}}_{t-1}', 'h_(t-1)^("own")'],
  [{ base: 'P', tilde: true, time: 0 }, 'P̃ₜ', '\\tilde{P}_{t}', 'tilde(P)_(t)'],
]

for (const [mark, text, tex, typst] of symbols)
  test(`the symbol ${text} in three notations: words upright, one letter and digits as they are`, t => {
    const name = symbol({ grade: 'column', ...mark })
    t.is(written(notations.text)(name), text)
    t.is(written(notations.tex)(name), tex)
    t.is(written(notations.typst)(name), typst)
  })

const [a, b, W] = [
  symbol({ base: 'a', grade: 'column' }),
  symbol({ base: 'b', grade: 'column' }),
  symbol({ base: 'W', grade: 'matrix' }),
]

const k = symbol({ base: 'k', grade: 'scalar' })
const struck = (text: string): string => [...text].map(letter => `${letter}\u0336`).join('')

/** What binds less than what it stands in has parentheses, and nothing else. */
const bound: readonly (readonly [Expression, string])[] = [
  [transposed(power(a, 2)), '(a²)ᵀ'],
  [raised(power(a, 2), b), '(a²)ᵇ'],
  [raised(transposed(a), b), '(aᵀ)ᵇ'],
  [raised(b, power(a, 2)), 'b^(a²)'],
  [product(W, sum(a, b)), 'W (a + b)'],
  [product(transposed(W), a), 'Wᵀ a'],
  [power(product(W, a), 2), '(W a)²'],
  [over(sum(a, b), 'i'), 'Σ_i (a + b)'],
  [over(entrywise(a, b), 'i'), 'Σ_i a ⊙ b'],
  [product(over(entry(a, 'i'), 'i'), k), '(Σ_i a[i]) k'],
  [product(k, over(entry(a, 'i'), 'i')), 'k Σ_i a[i]'],
  [transposed(kron(W, transposed(a))), '(W ⊗ aᵀ)ᵀ'],
  [kron(kron(W, transposed(a)), transposed(b)), '(W ⊗ aᵀ) ⊗ bᵀ'],
  [kron(W, product(transposed(a), W)), 'W ⊗ aᵀ W'],
  [sum(entrywise(a, b), product(W, a)), 'a ⊙ b + W a'],
  [quotient(power(a, 2), power(b, 2)), 'a² / b²'],
  [quotient(product(W, a), b), '(W a) / b'],
  [cancel(sum(a, b)), struck('(a + b)')],
  [cancel(entrywise(a, b)), struck('a ⊙ b')],
]

for (const [x, text] of bound)
  test(`${text} has the parentheses that it needs`, t => {
    t.is(written(notations.text)(x), text)
  })

/** An expression as text, as LaTeX and as Typst. */
const forms: readonly (readonly [Expression, text: string, tex: string, typst: string])[] = [
  [indicator('k', 'a'), '1[k=a]', '\\mathbf{1}[k=a]', 'bold(1)[k = a]'],
  [entry(W, 'i,j'), 'W[i,j]', 'W[i,j]', 'W[i, j]'],
  [over(entry(a, 'i'), 'i'), 'Σ_i a[i]', '\\sum_{i} a[i]', 'sum_(i) a[i]'],
  [slope(a, b), '∂a/∂b', '\\frac{\\partial a}{\\partial b}', '(partial a) / (partial b)'],
  [norm(a), '‖a‖', '\\left\\|a\\right\\|', 'norm(a)'],
  [root(k), '√(k)', '\\sqrt{k}', 'sqrt(k)'],
  [quotient(k, sum(k, number(1))), 'k / (k + 1)', '\\frac{k}{\\left(k + 1\\right)}', '(k) / ((k + 1))'],
  [stack([a, b]), '[a; b]', '[a; b]', 'vec(a, b)'],
  [applied('sigmoid', a), 'σ(a)', '\\sigma\\left(a\\right)', 'sigma(a)'],
  [total(a), 'Σ (a)', '\\textstyle\\sum\\left(a\\right)', 'sum(a)'],
  [kron(W, transposed(a)), 'W ⊗ aᵀ', 'W \\otimes {a}^{\\top}', 'W times.circle a^top'],
  [sum(a, negative(product(W, b))), 'a - W b', 'a - W b', 'a - W b'],
  [cancel(product(W, a)), 'W̶ ̶a̶', '\\cancel{W a}', 'cancel(W a)'],
  [sum(negative(a), b), 'b - a', 'b - a', 'b - a'],
  [sum(negative(a), b, product(W, a)), 'b - a + W a', 'b - a + W a', 'b - a + W a'],
  [sum(negative(a), negative(b)), '-a - b', '-a - b', '-a - b'],
  [number(1 / 3), '0.333333333333', '0.333333333333', '0.333333333333'],
  [applied("f'", a), "f'(a)", "f'\\left(a\\right)", "f'(a)"],
  [applied('step', a), 'step(a)', '\\operatorname{step}\\left(a\\right)', 'op("step")(a)'],
]

for (const [x, text, tex, typst] of forms)
  test(`${text} in three notations`, t => {
    t.is(written(notations.text)(x), text)
    t.is(written(notations.tex)(x), tex)
    t.is(written(notations.typst)(x), typst)
  })
