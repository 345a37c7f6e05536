/** Random networks with a synthesiser of their credit, trained or not, right or not: what every claim of predictions ranges over. */
import { type Arbitrary, constantFrom, integer, record } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { type Cotangent, spaceOf } from '../../ad/linear/space.ts'
import { nested, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Run, State } from '../../nets/run/timestep.ts'
import { linear, lowRank, mlp, predict, type Synthesiser, stateFeatures } from '../../rules/parts/synthesiser.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { describe, type Limits, networks, quarters } from './networks.ts'
import { type Realised, realise } from './realise.ts'

/** A network, a synthesiser with numbers for its ψ, and how far and how fast it learns. */
export interface Guess {
  readonly net: PlainNetwork
  readonly kind: 'linear' | 'mlp' | 'lowRank'
  readonly ψ: readonly number[]
  readonly lambda: number
  readonly gamma: number
  readonly lr: number
  readonly every: number
}

const part = constantFrom(0, 1, 0.5, 0.25, 0.75)
/** Random predictions on networks within limits, of those that are apt. */
export const guesses = (limits: Limits = {}, apt: (net: PlainNetwork) => boolean = () => true): Arbitrary<Guess> =>
  record({
    net: networks({ d: 2, n: 2, m: 2, T: 4, ...limits }).filter(apt),
    kind: constantFrom<Guess['kind'][]>('linear', 'mlp', 'lowRank'),
    ψ: quarters(12),
    lambda: part,
    gamma: part,
    lr: constantFrom(0, 0.25, 0.125),
    every: integer({ min: 1, max: 3 }),
  })

/** A case in words and numbers. */
export const show = ({ net, kind, ψ, lambda, gamma, lr, every, ...more }: Guess): string => {
  const rest = Object.entries(more).map(([name, value]) => ` ${name}=${value}`)
  return `${kind} synthesiser, λ=${lambda} γ=${gamma} lr=${lr} window=${every}${rest.join('')} ψ=[${ψ}]\n${describe(net)}`
}

type Sides<G> = (run: Run, guess: G, made: Realised) => readonly [readonly number[], readonly number[]]
/** A claim about random predictions. */
export const claim = <G extends Guess = Guess>(
  sentence: string,
  sides: Sides<G>,
  options: Partial<Equation<G>> = {},
): Proposition =>
  equation<G>({
    claim: sentence,
    forAll: guesses() as Arbitrary<G>,
    sides: guess => {
      const made = realise(guess.net)
      return sides(made.run, guess, made)
    },
    describe: show,
    within: 1e-10,
    verdict: 'holds',
    runs: 40,
    ...options,
  })

/** For a claim that is false. */
export const refuted = { verdict: 'refuted', runs: 200 } as const

/** The synthesiser of a case and its ψ, for inputs of the size of [h; 1]. */
export const trainedFrom = (
  { kind, ψ }: Guess,
  run: Run,
): { readonly synthesiser: Synthesiser; readonly begin: Branch } => {
  const d = spaceOf(run[0].after).size
  const matrix = (rows: number, columns: number, from = 0): Tensor =>
    tensor(
      Float64Array.from({ length: rows * columns }, (_, i) => ψ[(from + i) % 12] as number),
      [rows, columns],
    )
  if (kind === 'linear') return { synthesiser: linear as Synthesiser, begin: { A: matrix(d, d + 1) } }
  const synthesiser = (kind === 'mlp' ? mlp({ hidden: 2 }) : lowRank(1)) as Synthesiser
  const hidden = kind === 'mlp' ? 2 : 1
  return { synthesiser, begin: { U: matrix(d, hidden), V: matrix(hidden, d + 1, 4) } }
}

/** What a synthesiser that is not trained says of a state. */
export const predictor =
  ({ synthesiser, begin }: ReturnType<typeof trainedFrom>) =>
  (h: State): Cotangent<State> =>
    predict(synthesiser, begin, h, stateFeatures(h))[0]

/** λ and γ at their largest, where every error of the trace shows. */
export const wholly = guesses().map(guess => ({ ...guess, lambda: 1, gamma: 1 }))

/** Without what belongs to the start. */
export const cellOnly = (numbersOf: readonly number[], { θ }: Realised): readonly number[] =>
  numbersOf.slice(0, spaceOf(θ.cell).size)

/** A matrix in plain numbers. */
export const plain = (value: Value): Matrix => new Matrix(nested(value as Tensor) as number[][])
