/** Outputs that are no part of the state: made of it, of the input, and of parameters of their own, narrower or wider than it. */

import { unflattenLike } from '../../ad/linear/space.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sin, tanh } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { ones, type Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { cell } from '../../nets/cells/cell.ts'
import { closed } from '../../nets/cells/closed.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { type AnyCell, residual, stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { example, unrolled } from '../../nets/network.ts'
import { checkpointed } from '../../nets/run/checkpointing.ts'
import { inputGradient } from '../../nets/run/input-gradient.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { type RuleName, registry, ruleNames, ruleOf } from '../../rules/registry.ts'
import { slopeOf } from '../oracles/imaginary.ts'
import { entries, type Proposition } from '../proposition.ts'
import { drawn, inner, type Made, made, onCells, type PlainCell, theorem } from './cells.ts'

const recurrence = { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] } as const
type Recurrent = { readonly [K in keyof typeof recurrence]: Value }
const next = (θ: Recurrent, h: Value, x: Value): Value => tanh(add(add(matvec(θ.W, h), matvec(θ.V, x)), θ.b))

/** One number of a state of d: o = sin(Q h + R x). */
const narrow = (): AnyCell =>
  cell(
    { params: { ...recurrence, Q: [1, 'd'], R: [1, 'n'] }, state: { h: ['d'] } },
    (θ, { h }, x) => ({ h: next(θ, h, x) }),
    { output: (θ, { h }, x) => sin(add(matvec(θ.Q, h), matvec(θ.R, x))), width: () => 1 },
  ) as unknown as AnyCell

/** 2d + n numbers of a state of d: o = [h, q ⊙ h ⊙ h, x]. */
const wide = (): AnyCell =>
  cell({ params: { ...recurrence, q: ['d'] }, state: { h: ['d'] } }, (θ, { h }, x) => ({ h: next(θ, h, x) }), {
    output: (θ, { h }, x) => concat([h, mul(θ.q, mul(h, h)), x]),
    width: ({ d, n }) => 2 * d + n,
  }) as unknown as AnyCell

const cells = { 'narrower than its state': narrow, 'wider than its state': wide } as const

/** d - 1 more ones than zeros, so that some connections stay. */
const halfOf = (d: number): Tensor => {
  const mask = ones([d])
  mask.data[0] = 0
  return mask
}

const compositions: Readonly<Record<string, (plain: PlainCell) => AnyCell>> = {
  'a stack whose layers have outputs of other widths': ({ d }) => stacked([wide(), narrow(), wide()], [2, 3, d]),
  'an embedded cell with such an output': () => embedded(wide(), 3),
  'a layer with its input added to such an output': ({ d }) =>
    stacked([embedded(residual(narrow()), 1), wide()], [2, d]),
  'a cell with such an output and fewer connections': ({ d }) => withConnectivity(wide(), { q: halfOf(d) }),
}

const agree = 'BPTT, RTRL and complex step agree on'

/** A network whose loss is a sum over time, so that every rule serves it. */
const perStep = { forAll: drawn().map(plain => ({ ...plain, loss: 'half_mse' as const })) }

const engines = ['eager', 'compiled-js', 'compiled-wasm'] as const
const byEngines = ({ net, θ, sequence }: Made, name: RuleName): readonly (readonly number[])[] => {
  const rule = ruleOf(registry[name], name === 'tbptt' || name === 'fpbptt' ? { k: 2 } : {})
  return engines.map(engine => entries(gradient(rule, net, { engine, seed: 3 })(θ, sequence)))
}

/** ∂L/∂x of a run. */
const byInputs = ({ net, θ, sequence }: Made): readonly [readonly number[], readonly number[]] => {
  const of = (xs: readonly Value[]): Value =>
    unrolled(
      net,
      sequence.map(({ target, weight }, t) => example(xs[t] as Value, target, weight)),
    )(θ).loss
  const inputs = sequence.map(({ x }) => x) as readonly Tensor[]
  const [direction, slope] = slopeOf(of, inputs)
  return [[inner(entries(inputGradient(bptt, net)(θ, sequence)), direction)], [slope]]
}

const ownPart = ({ net, θ, sequence }: Made, name: RuleName): readonly number[] => {
  const rule = ruleOf(registry[name], name === 'tbptt' || name === 'fpbptt' ? { k: 2 } : {})
  const { Q, R } = gradient(rule, net, { engine: 'eager', seed: 3 })(θ, sequence).cell
  return entries([Q, R] as Value[])
}
/** Rules that serve only cells of another kind, those that perturb all parameters, which puts noise of mean 0 on these too, and temporal differences, which learn by another loss. */
const others: readonly RuleName[] = [
  ...(['kfrtrl', 'reverse-kfrtrl', 'diagonal', 'ok', 'esdrtrl', 'factorised'] as const),
  ...(['forward-gradient', 'weight-perturbation', 'td'] as const),
]
const served = ruleNames.filter(name => !others.includes(name))

const ofWidths: readonly Proposition[] = Object.entries(cells).map(([name, make]) =>
  onCells(`${agree} a cell with an output ${name}, which has parameters of its own and reads the input`, plain =>
    theorem(made(make, plain)),
  ),
)

export const outputs: readonly Proposition[] = [
  ...ofWidths,
  ...Object.entries(compositions).map(([name, make]) =>
    onCells(`${agree} ${name}`, plain => theorem(made(make, plain))),
  ),
  onCells(
    `${agree} a closed loop of a cell whose output has a width of its own`,
    plain => theorem(made(() => closed(wide()), plain, 'none')),
    { forAll: drawn({ square: true }) },
  ),
  onCells(
    'the parameters of an output that the state does not read get the same gradient by every rule that does not perturb them',
    plain => {
      const one = made(narrow, plain)
      const exact = ownPart(one, 'bptt')
      return [served.flatMap(name => ownPart(one, name)), served.flatMap(() => exact)]
    },
    { ...perStep, runs: 3 },
  ),
  onCells(
    'every engine computes the gradient of a network whose outputs have parameters of their own',
    plain => {
      const names = ['bptt', 'rtrl', 'tbptt', 'uoro', 'rflo', 'weight-perturbation'] as const
      const found = names.flatMap(name => Object.values(cells).map(make => byEngines(made(make, plain), name)))
      return [
        found.flatMap(([eager]) => [...(eager ?? []), ...(eager ?? [])]),
        found.flatMap(([, js, wasm]) => [...(js ?? []), ...(wasm ?? [])]),
      ]
    },
    { ...perStep, runs: 3 },
  ),
  onCells('∂L/∂x by BPTT is what one complex step along the inputs finds where the output reads the input too', plain =>
    byInputs(made(wide, plain)),
  ),
  onCells(
    'checkpointed BPTT computes the gradient of a network whose outputs have parameters of their own',
    plain => {
      const { net, θ, sequence } = made(narrow, plain)
      const again = entries(unflattenLike(θ, checkpointed(bptt, { k: 2 })(net)(θ, sequence)))
      return [again, entries(gradient(bptt, net, { engine: 'eager' })(θ, sequence))]
    },
    perStep,
  ),
]
