import test from 'ava'
import { evaluate, functions } from '../../../ad/formula/evaluate.ts'
import { statementsOf } from '../../../ad/formula/grammar.ts'
import { type Tensor, tensor, tensorOf } from '../../../ad/tensor.ts'
import { type Like, lift, type Made, nextLevel } from '../../../ad/value.ts'

const read = (text: string) => statementsOf({ who: 'cell', text }, true)[0]!.expression
const worth = (text: string, names: Readonly<Record<string, Like>>): Tensor =>
  lift(evaluate(read(text), name => names[name] as Like)) as Tensor
const near = (found: Tensor, wanted: readonly number[]): boolean =>
  found.data.length === wanted.length && wanted.every((x, i) => Math.abs(found.data[i]! - x) < 1e-12)

test('every function is listed with the manner in which its shape follows from its arguments', t => {
  const others = ['sum total', 'mean total', 'softmax along', 'logSoftmax along', 'logsumexp gathered', 'dot pair']
  const known = [...functions].map(([name, { manner }]) => `${name} ${manner}`)
  const entrywise = (
    'abs cos exp expm1 log log1p neg relu sigmoid sign sin softplus sqrt stopGradient tanh ' +
    'arctanSpike fastSigmoidSpike triangularSpike σ ln'
  ).split(' ')
  t.deepEqual(known.toSorted(), [...others, ...entrywise.map(name => `${name} entrywise`)].toSorted())
})

test('operators and functions of numbers are those of arithmetic', t => {
  const names = { a: 6, b: 1.5 }
  const wanted: Readonly<Record<string, number>> = {
    'a + b': 7.5,
    'a - b': 4.5,
    'a * b': 9,
    'a / b': 4,
    'a ^ b': 6 ** 1.5,
    'a ^ 2': 36,
    'a ^ 3': 216,
    'a .* b': 9,
    'a ./ b': 4,
    'a .^ b': 6 ** 1.5,
    '-a': -6,
    'ln(b)': Math.log(1.5),
    'σ(b)': 1 / (1 + Math.exp(-1.5)),
  }
  for (const [text, value] of Object.entries(wanted)) t.true(near(worth(text, names), [value]), text)
})

test('a matrix acts on what is to its right, a number scales, .* and ./ go entry by entry', t => {
  const names = {
    A: tensorOf([2, 2], Float64Array.of(1, 2, 3, 4)),
    B: tensorOf([2, 2], Float64Array.of(0, 1, 1, 1)),
    v: tensor([5, 7]),
    w: tensor([2, 4]),
    k: 10,
  }
  const wanted: Readonly<Record<string, readonly number[]>> = {
    'A * v': [19, 43],
    'A * B': [2, 3, 4, 7],
    'k * A': [10, 20, 30, 40],
    'A * k': [10, 20, 30, 40],
    'v * k': [50, 70],
    'v .* w': [10, 28],
    'v ./ w': [2.5, 1.75],
    'v - w': [3, 3],
    'v .^ 3': [125, 343],
    'dot(v, w)': [38],
    'sum(A)': [10],
    'mean(v)': [6],
    'logsumexp(w)': [Math.log(Math.exp(2) + Math.exp(4))],
    'softmax(w)': [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2))],
    'logSoftmax(w)': [-Math.log(1 + Math.exp(2)), -Math.log(1 + Math.exp(-2))],
  }
  for (const [text, value] of Object.entries(wanted)) t.true(near(worth(text, names), value), text)
})

test('a square is a product of a value with itself, which costs less; other powers are powers', t => {
  const rowsOf = (text: string): readonly string[] => {
    const rows: string[] = []
    const made: Made = {
      shape: [3],
      interpreter: {
        level: nextLevel(),
        run: ({ name }) => {
          rows.push(name)
          return made
        },
      },
    }
    evaluate(read(text), () => made)
    return rows
  }
  t.deepEqual(rowsOf('x .^ 2'), ['mul'])
  t.deepEqual(rowsOf('x .^ 3'), ['pow'])
  t.deepEqual(rowsOf('x .^ 1'), ['pow'])
})
