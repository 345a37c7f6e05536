/** Sparse transport: every choice of the entries of J that are kept is enumerated. Right in the mean where they are redrawn and scaled. */
import { type Arbitrary, integer, record } from 'fast-check'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { estimates } from '../../nets/run/noise.ts'
import { total } from '../../nets/run/scan.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sparse } from '../../rules/sparse.ts'
import { bigNetwork, describe, networks } from '../arbitraries/networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import { mean, untyped } from '../arbitraries/sign-draws.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'

interface Case {
  readonly net: PlainNetwork
  readonly k: number
}

/** Networks whose choices can all be enumerated: d units to the power of d rows and T steps. */
const cases: Arbitrary<Case> = record({
  net: networks({ d: 3, n: 2, m: 2, T: 4 }).filter(
    ({ params: { h0 }, inputs }) => h0.length ** (h0.length * inputs.length) <= 1000,
  ),
  k: integer({ min: 1, max: 3 }),
})

/** A choice of each row at each step, by its number among all: digits to the base d. */
const digit = (choice: number, place: number, d: number): number => Math.floor(choice / d ** place) % d

/**
 * Numbers [count, T, d, d] that make each row keep the k columns from one on, in turn, for every such column of every row and step:
 * for d ≤ 3 these are all choices of k of d. `at` is the place of a row among the digits of a choice.
 */
const choices = (count: number, T: number, d: number, at: (t: number, row: number) => number): Tensor =>
  tensorOf(
    [count, T, d, d],
    Float64Array.from({ length: count * T * d * d }, (_, i) => {
      const [column, row, t] = [i % d, Math.floor(i / d) % d, Math.floor(i / d ** 2) % T]
      const from = digit(Math.floor(i / (T * d ** 2)), at(t, row), d)
      return ((column - from + d) % d) / d
    }),
  )

type Options = NonNullable<Parameters<typeof sparse>[0]>

/** The mean of the rule over the choices of every row, anew at every step or once for all. */
const meanOf = ({ net, run, sequence }: Realised, options: Options, anew: boolean): readonly number[] => {
  const [d, T] = [net.sizes.d, sequence.length]
  const noise = anew ? choices(d ** (d * T), T, d, (t, row) => t * d + row) : choices(d ** d, T, d, (_, row) => row)
  const rows = estimates(untyped(sparse(options)))(run, noise) as Tensor
  const [count = 0, size = 0] = rows.shape
  return mean(Array.from({ length: count }, (_, i) => [...rows.data.subarray(i * size, (i + 1) * size)]))
}

const onCases = (
  claim: string,
  left: (made: Realised, k: number) => readonly number[],
  options: Partial<Equation<Case>> = {},
): Proposition =>
  equation<Case>({
    claim,
    forAll: cases,
    sides: ({ net, k }) => {
      const made = realise(net)
      return [left(made, k), list(total(rtrl)(made.run))]
    },
    describe: ({ net, k }) => `k=${k} ${describe(net)}`,
    between: ['sparse', 'RTRL'],
    within: 1e-10,
    verdict: 'holds',
    runs: 20,
    ...options,
  })

const refuted = { verdict: 'refuted', runs: 100, within: 1e-6 } as const
/** Two units over four steps, where one selection meets itself. */
const repeated: Case = { net: bigNetwork(1, 2, 1, 1, 4), k: 1 }

export const sparseTransport: readonly Proposition[] = [
  onCases('the mean of sparse transport over all choices, redrawn and scaled, is RTRL, the start included', (made, k) =>
    meanOf(made, { k }, true),
  ),
  onCases(
    'the mean of sparse transport over all choices, redrawn but not scaled, is RTRL',
    (made, k) => meanOf(made, { k, scaled: false }, true),
    refuted,
  ),
  onCases(
    'the mean of sparse transport over all selections that stay fixed, scaled, is RTRL',
    (made, k) => meanOf(made, { k }, false),
    { ...refuted, known: [repeated] },
  ),
  onCases(
    'sparse transport by a fixed selection that is not scaled, as published, is RTRL',
    ({ run }, k) => list(total(sparse({ k, redrawn: false }))(run)),
    refuted,
  ),
  ...[true, false].map(redrawn =>
    onCases(
      `sparse transport that keeps as many entries of a row as there are states is RTRL, ${redrawn ? 'redrawn' : 'fixed'}`,
      ({ run, net }) => list(total(sparse({ k: net.sizes.d, redrawn }))(run)),
    ),
  ),
]
