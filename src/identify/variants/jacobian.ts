/** Other Jacobians in the trace than J. */
import type { LinearStep } from '../linear-run.ts'
import { entrywise, type Matrix, minus, plus, product, scaled, transposed } from '../matrix.ts'
import { each, leak, listed, ofLeaky, type Variant, where } from './variant.ts'

const always = (of: (now: LinearStep, t: number, all: readonly LinearStep[]) => Matrix): Variant['change'] =>
  each((...at) => ({ J: of(...at) }))

const zeros = (M: Matrix): Matrix => entrywise(() => 0, M)
const D = ({ drive, J }: LinearStep): Matrix => drive?.post ?? zeros(J)

/** The layer that a parameter belongs to: the lowest that it reaches at once. */
const layerOf = (all: readonly LinearStep[], layers: readonly number[], column: number): number =>
  Math.min(...layers.filter((_, i) => all.some(({ B }) => B[i]?.[column] !== 0)))

/** Nothing from layer to layer, neither by J nor within a step. */
const apart: Variant['change'] = (run, { layers }) =>
  layers &&
  each(({ J, B }, _, all) => ({
    J: entrywise((x, i, j) => (layers[i] === layers[j] ? x : 0), J),
    B: entrywise((x, i, c) => (layers[i] === layerOf(all, layers, c) ? x : 0), B),
  }))(run)

export const jacobians = listed('jacobian', {
  'own-unit Jacobian': [
    'in whose trace each unit carries itself alone: the recurrent part of the Jacobian is left out (RFLO, e-prop, D-RTRL)',
    always(now => now.own),
  ],
  'diagonal Jacobian': [
    'with the diagonal of the Jacobian in its place',
    always(({ J }) => entrywise((x, i, j) => (i === j ? x : 0), J)),
  ],
  'one step deep': [
    'one step deep: nothing is carried from step to step, which is TBPTT(1)',
    always(({ J }) => zeros(J)),
  ],
  "W diag f'": [
    "with W diag f' in the Jacobian where diag f' W belongs",
    where(ofLeaky, ({ W }) => (now, t) => ({ J: plus(now.own, product(W[t] as Matrix, D(now))) })),
  ],
  'Jacobian transposed': ['with the Jacobian transposed', always(({ J }) => transposed(J))],
  'old Jacobian': [
    'with the Jacobian of the step before',
    always((now, t, all) => (t > 1 ? (all[t - 1] as LinearStep).J : zeros(now.J))),
  ],
  'next Jacobian': [
    'with the Jacobian of the step after: the new one where the old one belongs',
    always((now, t, all) => all[t + 1]?.J ?? now.J),
  ],
  'no leak': [
    'without the leak 1 - α in the Jacobian',
    where(leak, () => ({ J, own }) => ({ J: minus(J, own) })),
  ],
  'recurrence without α': [
    "with f' W in place of α f' W in the Jacobian",
    where(leak, α => ({ J, own }) => ({ J: plus(own, scaled(1 / α, minus(J, own))) })),
  ],
  "Jacobian without f'": [
    "without f' in the Jacobian",
    where(ofLeaky, ({ α, W }) => ({ own }, t) => ({ J: plus(own, scaled(α, W[t] as Matrix)) })),
  ],
  'stale θ': [
    'with the Jacobian at the parameters of the step before',
    where(
      ({ stale }) => stale,
      stale => (now, t) => ({ J: stale[t] ?? now.J }),
    ),
    'theta_t',
  ],
  'stale W_rec': [
    "with the W_rec of the step before in the Jacobian, and f' of this one",
    where(
      ({ leaky, stale }) => leaky && stale && leaky.W,
      W => (now, t) => ({ J: plus(now.own, product(D(now), W[t - 1] as Matrix)) }),
    ),
    'theta_t',
  ],
  'first θ': [
    'with the Jacobian at the parameters of the first step',
    where(
      ({ first }) => first,
      first => (now, t) => ({ J: first[t] ?? now.J }),
    ),
    'theta_t',
  ],
  'no path up within a step': [
    'without what a weight does to the layer above within its step: right for the top layer alone',
    (run, { layers }) =>
      layers &&
      each(({ B }, _, all) => ({
        B: entrywise((x, i, c) => (layers[i] === layerOf(all, layers, c) ? x : 0), B),
      }))(run),
  ],
  'layers apart': ['without the path from layer to layer: right for the top layer alone', apart],
})
