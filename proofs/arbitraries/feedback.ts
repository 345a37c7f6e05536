/** Leaky networks with numbers to spare, and claims about them: what the rules that remember less are tried on. */
import { type Arbitrary, integer, record } from 'fast-check'
import { transpose } from '../../ad/primitives/layout.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { describe, networks, quarters } from './networks.ts'
import { list, type Realised, realise } from './realise.ts'

export type Sides = readonly [readonly number[], readonly number[]]

/** A leaky network with numbers to spare: a feedback, a mask, a window. */
export interface Fed {
  readonly net: PlainNetwork
  readonly spare: readonly number[]
  readonly k: number
}
/** The network realised, and what is made of the spare numbers. */
export interface Setting extends Realised {
  /** W_outᵀ [d, m]. */
  readonly back: Value
  /** Any B [d, m]. */
  readonly B: Value
  /** Any mask [d, d] of 0 and 1. */
  readonly mask: Tensor
  readonly exact: readonly number[]
  readonly k: number
}

export const fed = (nets: Arbitrary<PlainNetwork>): Arbitrary<Fed> =>
  record({ net: nets, spare: quarters(9), k: integer({ min: 1, max: 6 }) })

export const square = (rows: number, columns: number, f: (i: number, j: number) => number): Tensor =>
  tensor(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => f(i, j))))

/** The gradient. */
export const exactly = (run: Run): readonly number[] => list(total(bptt)(run))

export const settingOf = ({ net, spare, k }: Fed, made: Realised = realise(net)): Setting => {
  const { d, m } = made.net.sizes
  const at = (i: number, j: number): number => spare[3 * i + j] as number
  return {
    ...made,
    back: transpose(made.θ.readout.W_out),
    B: square(d, m, at),
    mask: square(d, d, (i, j) => +(at(i, j) > 0)),
    exact: exactly(made.run),
    k,
  }
}

/** What a rule says of a run, as numbers. */
export const sumOf = <M>(rule: AnyRule<M>, { run }: { readonly run: Run }): readonly number[] => list(total(rule)(run))

/** A claim about leaky networks with numbers to spare. */
export const onFed = (
  claim: string,
  sides: (setting: Setting) => Sides,
  options: Partial<Equation<Fed>> = {},
): Proposition =>
  equation<Fed>({
    claim,
    forAll: fed(networks()),
    sides: one => sides(settingOf(one)),
    describe: ({ net, spare, k }) => `${describe(net)}\nspare ${spare.join(' ')}; k=${k}`,
    within: 1e-10,
    verdict: 'holds',
    runs: 25,
    ...options,
  })

export const refuted = (
  between: readonly [string, string],
  rest: Partial<Equation<Fed>> = {},
): Partial<Equation<Fed>> => ({
  verdict: 'refuted',
  runs: 200,
  between,
  ...rest,
})

/** Networks whose W_rec is made of the one drawn. */
export const rewired = (f: (w: number, i: number, j: number) => number, limits = {}): Arbitrary<Fed> =>
  fed(
    networks(limits).map(net => {
      const W_rec = net.params.W_rec.map((row, i) => row.map((w, j) => f(w, i, j)))
      return { ...net, params: { ...net.params, W_rec } }
    }),
  ).filter(({ net }) => net.activation !== 'relu')
