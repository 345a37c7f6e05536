/** Every draw of a rule that draws, over networks so small that all can be enumerated. */

import { type Arbitrary, integer, record } from 'fast-check'
import { spaceOf, toValue } from '../../ad/linear/space.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, type Network, network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { drawsFor, estimates, signsOf, withNoise } from '../../nets/run/noise.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { rtrl } from '../../rules/rtrl.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { bigNetwork, describe, networks } from './networks.ts'
import { list, type Realised, realise } from './realise.ts'

/** A rule of a list, whatever it remembers. */
export const untyped = (rule: unknown): AnyRule => rule as AnyRule
/** A network with a rank for a rule, and a place among its draws. */
interface Case {
  readonly net: PlainNetwork
  readonly r: number
  readonly draw: number
}

/** Networks of so few units and steps that d T ≤ 8: at most 256 sign sequences. */
export const few = (limits: Parameters<typeof networks>[0] = {}): Arbitrary<Case> =>
  record({
    net: networks({ d: 3, n: 2, m: 2, T: 4, ...limits }).filter(
      ({ params: { h0 }, inputs }) => h0.length * inputs.length <= 8,
    ),
    r: integer({ min: 1, max: 4 }),
    draw: integer({ min: 0, max: 255 }),
  })

/** What belongs to the cell, of estimates [N, |θ|] or of one. */
export const ofCell = ({ θ }: Realised, all: Tensor): readonly (readonly number[])[] => {
  const [width, size] = [all.shape.at(-1) as number, spaceOf(θ.cell).size]
  return Array.from({ length: all.data.length / width }, (_, i) => [...all.data.subarray(i * width, i * width + size)])
}
export const exact = (made: Realised): readonly number[] =>
  ofCell(made, toValue(total(rtrl)(made.run)) as Tensor).flat()

/** The draws of a rule for a run, all of them. */
export const drawsOf = (rule: AnyRule, { net, sequence }: Pick<Realised, 'net' | 'sequence'>): Tensor =>
  signsOf([sequence.length, ...drawsFor(resolved(rule, net).draws, net).shape])

/** Draws one by one, for a rule that branches on numbers. */
const singly = (rule: AnyRule, run: Run, draws: Tensor): Tensor => {
  const [count = 0, ...shape] = draws.shape
  const size = draws.data.length / count
  const noise = (i: number): Tensor => tensorOf(shape, draws.data.slice(i * size, (i + 1) * size))
  const gradientOf = (i: number) => toValue(total(rule)(withNoise(run, noise(i))))
  return stack(Array.from({ length: count }, (_, i) => gradientOf(i))) as Tensor
}

export const all = (rule: AnyRule, made: Realised): readonly (readonly number[])[] =>
  ofCell(made, estimates(rule)(made.run, drawsOf(rule, made)) as Tensor)
export const allSingly = (rule: AnyRule, made: Realised): readonly (readonly number[])[] =>
  ofCell(made, singly(rule, made.run, drawsOf(rule, made)))

export const mean = (rows: readonly (readonly number[])[], weights?: readonly number[]): readonly number[] =>
  (rows[0] ?? []).map((_, j) =>
    rows.reduce((sum, row, i) => sum + (weights?.[i] ?? 1 / rows.length) * (row[j] as number), 0),
  )

/** E ‖g - E g‖². */
export const variance = (rows: readonly (readonly number[])[]): number => {
  const middle = mean(rows)
  return (
    rows.reduce((sum, row) => sum + row.reduce((s, x, j) => s + (x - (middle[j] as number)) ** 2, 0), 0) / rows.length
  )
}

type Sides = (made: Realised, of: Case) => readonly [readonly number[], readonly number[]]
export const onFew = (claim: string, sides: Sides, options: Partial<Equation<Case>> = {}): Proposition =>
  equation<Case>({
    claim,
    forAll: few(),
    sides: of => sides(realise(of.net), of),
    describe: ({ net, r }) => `r=${r} ${describe(net)}`,
    within: 1e-10,
    verdict: 'holds',
    runs: 15,
    ...options,
  })
export const refuted = (claim: string, sides: Sides, options: Partial<Equation<Case>> = {}): Proposition =>
  onFew(claim, sides, { verdict: 'refuted', runs: 60, within: 1e-6, ...options })

/** The mean of each rule beside RTRL, as often. */
export const means = (rules: readonly AnyRule[], made: Realised): readonly [readonly number[], readonly number[]] => {
  const truth = exact(made)
  return [rules.flatMap(rule => mean(all(rule, made))), rules.flatMap(() => truth)]
}

/** A run of T steps of any cell, by a seed. */
export const unrolled = (cell: Network['cell'], seed: number, d: number, T: number): Realised => {
  const random = rng(seed)
  const made: Network = network(cell, { d, n: 1, m: 1 }, halfSquaredError())
  const θ = params(made, random) as Realised['θ']
  const vector = () => random.draw({ law: 'normal', shape: [1] })
  const sequence = Array.from({ length: T }, () => example(vector(), vector()))
  return { net: made, θ, sequence, run: unroll(made)(θ, sequence) }
}

/** A sign sequence for a rule, by its number. */
export const oneOf = (rule: AnyRule, made: Realised, draw: number): Tensor => {
  const shape = [made.sequence.length, ...drawsFor(resolved(rule, made.net).draws, made.net).shape]
  const size = shape.reduce((a, b) => a * b, 1)
  const at = draw % 2 ** Math.min(size, 8)
  return tensorOf(shape, signsOf(shape, at, at + 1).data)
}
export const oneDraw = (rule: AnyRule, made: Realised, draw: number): readonly number[] =>
  list(total(rule)(withNoise(made.run, oneOf(rule, made, draw))))
export const cellOf = (made: Realised, g: readonly number[]): readonly number[] => g.slice(0, spaceOf(made.θ.cell).size)

/** Networks of two units and four steps, by a seed; all their draws are enumerated. */
export const enumerated = (seed: number): Realised => realise(bigNetwork(seed, 2, 2, 1, 4))

/** A rule of a list of rules that face the past, whatever it remembers. */
export const past = (rule: AnyRule<unknown, 'past'>): AnyRule<unknown, 'past'> => rule
