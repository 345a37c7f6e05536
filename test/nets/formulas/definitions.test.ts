import test from 'ava'
import {
  applied,
  diag,
  type Expression,
  entrywise,
  type Grade,
  kron,
  type Mark,
  product,
  sum,
  symbol,
  transposed,
} from '../../../ad/symbols/expression.ts'
import { notations, written } from '../../../ad/symbols/notation.ts'
import { definitionsOf, diagonals, type Leaf, substituted } from '../../../nets/formulas/definitions.ts'

const leafOf = (base: string, grade: Grade, rest: Partial<Mark> = {}): Leaf => {
  const mark = { base, grade, ...rest }
  return { mark, name: symbol(mark), shape: [] }
}
const matrix = (base: string): Leaf => leafOf(base, 'matrix')
const vector = (base: string): Leaf => leafOf(base, 'column')
const state = (base: string): Leaf => leafOf(base, 'column', { time: 0 })
const before = (base: string): Expression => symbol({ base, grade: 'column', time: -1 })
const x = symbol({ base: 'x', grade: 'column', time: 0 })

/** W h₋ + V x + b of three parameters. */
const drive = ([W, V, b]: readonly Leaf[]): Expression =>
  sum(product(W!.name, before('h')), product(V!.name, x), b!.name)
const gate = (end: string): readonly Leaf[] => [matrix(`W${end}`), matrix(`V${end}`), vector(`b${end}`)]

const shown = written(notations.text)
const lines = (definitions: readonly { name: Expression; is: Expression }[]): readonly string[] =>
  definitions.map(({ name, is }) => `${shown(name)} = ${shown(is)}`)

test('a gate has the name that the parameters of its drive end in', t => {
  const [f, z] = [gate('f'), gate('z')]
  const [open, fresh] = [applied('sigmoid', drive(f)), applied('tanh', drive(z))]
  const result = sum(entrywise(open, before('h')), entrywise(open, fresh))
  t.deepEqual(lines(definitionsOf([result], [state('h')], [...f, ...z])), [
    'fₜ = σ(Wf hₜ₋₁ + Vf xₜ + bf)',
    'zₜ = tanh(Wz hₜ₋₁ + Vz xₜ + bz)',
    'hₜ = fₜ ⊙ hₜ₋₁ + fₜ ⊙ zₜ',
  ])
})

test('a drive whose parameters end in nothing in common is u, or a where a parameter is called u', t => {
  for (const [third, name] of [
    ['b', 'u'],
    ['u', 'a'],
  ] as const) {
    const params = [matrix('W'), matrix('V'), vector(third)]
    t.deepEqual(lines(definitionsOf([applied('tanh', drive(params))], [state('h')], params)), [
      `${name}ₜ = W hₜ₋₁ + V xₜ + ${third}`,
      `hₜ = tanh(${name}ₜ)`,
    ])
  }
})

test('a sum without parameters gets no name, nor does the whole of a result', t => {
  const params = [matrix('W'), matrix('V'), vector('b')]
  const still = applied('tanh', sum(before('h'), entrywise(x, before('h'))))
  t.is(definitionsOf([sum(still, x)], [state('h')], params).length, 1)
  t.is(definitionsOf([drive(params)], [state('h')], params).length, 1)
})

test('a state that is part of another is defined before it', t => {
  const params = gate('')
  const cell = applied('tanh', drive(params))
  t.deepEqual(
    lines(definitionsOf([applied('sigmoid', cell), cell], [state('h'), state('c')], params)).map(line =>
      line.slice(0, 4),
    ),
    ['uₜ =', 'cₜ =', 'hₜ ='],
  )
})

test('an expression is written in terms of names until no part of it has one', t => {
  const params = gate('')
  const found = definitionsOf([applied('sigmoid', applied('tanh', drive(params)))], [state('h')], params)
  const [u, h] = found
  t.is(shown(substituted(applied('exp', h!.is), found)), 'exp(hₜ)')
  t.is(shown(substituted(drive(params), [u!])), 'uₜ')
})

/** J and the immediate map of a state whose slope stands before a recurrent matrix, and of what else it comes of. */
const blocksOf = (D: Expression, params: readonly Leaf[]) => ({
  recurrent: [[product(D, params[0]!.name)]],
  immediate: [[kron(D, transposed(before('h'))), kron(D, transposed(x)), D]],
})

test('a diagonal matrix that occurs more than once is D of the gate of the matrix after it', t => {
  const [slope, once] = [symbol({ base: 's', grade: 'column' }), symbol({ base: 'o', grade: 'column' })]
  const D = diag(entrywise(slope, before('h')))
  for (const [end, name] of [
    ['', 'Dₜ'],
    ['f', 'D_fₜ'],
  ] as const) {
    const params = gate(end)
    const { recurrent, immediate } = blocksOf(D, params)
    const { definitions, rename } = diagonals(recurrent, immediate, [state('h')], params)
    t.deepEqual(lines(definitions), [`${name} = diag(s ⊙ hₜ₋₁)`])
    t.is(shown(rename(recurrent[0]![0]!)), `${name} W${end}`)
  }
  t.deepEqual(
    diagonals([[product(diag(entrywise(once, x)), diag(slope))]], [[]], [state('h')], gate('')).definitions,
    [],
  )
})

test('a letter that a parameter or another matrix has is passed over', t => {
  const D = diag(entrywise(symbol({ base: 's', grade: 'column' }), x))
  const params = [...gate(''), matrix('D')]
  const { recurrent, immediate } = blocksOf(D, params)
  t.deepEqual(lines(diagonals(recurrent, immediate, [state('h')], params).definitions), ['Eₜ = diag(s ⊙ xₜ)'])
})
