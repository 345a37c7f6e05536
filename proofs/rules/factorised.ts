/** The family of factorised traces: which choices make which rule, and where one outer product is enough. */

import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { matrix } from '../../ad/linear/linear.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { alif, type LifOptions, lif } from '../../nets/cells/lif.ts'
import type { AnyCell } from '../../nets/cells/stacked.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { error } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { decay } from '../../rules/decay.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import { factorised } from '../../rules/factorised.ts'
import { layerLocal } from '../../rules/layer-local.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sliding } from '../../rules/tbptt.ts'
import { type Pool, pools } from '../arbitraries/cells.ts'
import { sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import { list } from '../arbitraries/realise.ts'
import type { Proposition } from '../proposition.ts'

const longer = pools({ minT: 2, T: 4 })
/** What the cells of `cellOf` keep at a step: 1 - 0.25. */
const leak = 0.75

/** What a rule says of the parameters of the cell, without the start. */
const ofCell = <M>(run: Run, rule: AnyRule<M>): readonly number[] =>
  sumOf(rule, { run }).slice(0, spaceOf(run.net.init(0).cell).size)

/** Σ_t q_t R_t by matrices, R = λ R₋ + M, M those of D-RTRL. */
const filteredByHand = (run: Run): readonly number[] => {
  const { from, to } = run[0].immediate
  let R: Value = zeros([to.size, from.size])
  const outs = [...scan(drtrl)(run)].map(([, M], t) => {
    R = add(mul(leak, R), toMatrix(M as never))
    return list(pull(matrix(from, to, R), error(run[t] as Run[number])))
  })
  return (outs[0] ?? []).map((_, i) => outs.reduce((sum, out) => sum + (out[i] as number), 0))
}

/** Spiking units of the same leak, whose threshold quarter-integers often pass. */
const spiking = (more: LifOptions = {}) => lif({ decay: leak, threshold: 0.2, detach: true, ...more }) as AnyCell
const adaptive = () => alif({ decay: leak, threshold: 0.2, detach: true, beta: 0.5 }) as AnyCell

/** Four inputs [2], the start v and a, W_rec, W_in and b_rec of one unit whose threshold rises. */
const rising: Pool = {
  ...{ d: 1, n: 2, T: 4 },
  pool: [0.25, 0.5, 1, 1, 1, -2, 1.25, -0.75, 0, -1.25, -0.25, 1.5, 1.25, 0.25],
}

const ottt = factorised({ lambda: leak })
/** OSTL without its recurrence. */
const ostl = factorised({ path: 'own', storage: 'synapses' })

const refuted = { verdict: 'refuted', runs: 100, within: 1e-6, forAll: longer } as const

export const factorisations: readonly Proposition[] = [
  ...each.map(name =>
    onPools(
      `own path, a trace a synapse and no filter, which is OSTL without its recurrence, is D-RTRL, on ${name}`,
      () => cellOf(name),
      run => [sumOf(factorised({ path: 'own', storage: 'synapses' }), { run }), sumOf(drtrl, { run })],
      { forAll: longer, runs: 8 },
    ),
  ),
  ...each.map(name =>
    onPools(
      `the leak, a trace a synapse and no filter are decayed immediate derivatives, on ${name}`,
      () => cellOf(name),
      run => [sumOf(factorised({ storage: 'synapses', lambda: 0.6 }), { run }), sumOf(decay({ lambda: 0.6 }), { run })],
      { forAll: longer, runs: 8 },
    ),
  ),
  onPools(
    'OTTT on the membrane cell, at its leak, is e-prop and is D-RTRL',
    () => cellOf('membrane'),
    run => {
      const ours = ofCell(run, factorised({ lambda: leak }))
      return [
        [...ours, ...ours],
        [...ofCell(run, eprop({ feedback: 'readout' })), ...ofCell(run, drtrl)],
      ]
    },
    { forAll: longer },
  ),
  onPools(
    'OTTT that remembers nothing is the one-step truncation, on the leaky network',
    () => cellOf('leaky'),
    run => [ofCell(run, factorised({ lambda: 0 })), ofCell(run, sliding({ k: 1 })(bptt))],
    { forAll: longer },
  ),
  onPools(
    'a filtered trace is the trace through the leak once more, on the LSTM',
    () => cellOf('lstm'),
    run => [
      sumOf(factorised({ path: 'own', storage: 'synapses', filter: 'leak', lambda: leak }), { run }),
      filteredByHand(run),
    ],
    { forAll: longer },
  ),
  onPools(
    'one outer product is as good as a trace a synapse on the leaky network, whose slope changes',
    () => cellOf('leaky'),
    run => [ofCell(run, factorised({ lambda: leak })), ofCell(run, factorised({ storage: 'synapses', lambda: leak }))],
    { ...refuted, between: ['factors', 'synapses'] },
  ),
  onPools(
    'OTTT computes the gradient',
    () => cellOf('membrane'),
    run => [ofCell(run, factorised({ lambda: leak })), ofCell(run, bptt)],
    { ...refuted, between: ['OTTT', 'gradient'] },
  ),
  onPools(
    'the filter changes nothing',
    () => cellOf('leaky'),
    run => [
      ofCell(run, factorised({ storage: 'synapses', filter: 'leak', lambda: leak })),
      ofCell(run, factorised({ storage: 'synapses', lambda: leak })),
    ],
    { ...refuted, between: ['filtered', 'not filtered'] },
  ),
  onPools(
    'OTTT on spiking units whose reset is detached, at their leak, is e-prop and is D-RTRL',
    () => spiking(),
    run => {
      const ours = ofCell(run, ottt)
      return [
        [...ours, ...ours],
        [...ofCell(run, eprop({ feedback: 'readout' })), ...ofCell(run, drtrl)],
      ]
    },
    { forAll: longer },
  ),
  onPools(
    'OTTT on spiking units whose reset is not detached is D-RTRL',
    () => spiking({ detach: false }),
    run => [ofCell(run, ottt), ofCell(run, drtrl)],
    { ...refuted, between: ['OTTT', 'D-RTRL'] },
  ),
  onPools('OTTT on spiking units that adapt is D-RTRL', adaptive, run => [ofCell(run, ottt), ofCell(run, drtrl)], {
    ...refuted,
    known: [rising],
    between: ['OTTT', 'D-RTRL'],
  }),
  onPools(
    'OSTL without its recurrence is e-prop with the true readout, on spiking units that adapt',
    adaptive,
    run => [ofCell(run, ostl), ofCell(run, eprop({ feedback: 'readout' }))],
    { forAll: longer },
  ),
  onPools(
    'OSTL with its recurrence, which is layer-local, is RTRL on one layer of spiking units that adapt',
    adaptive,
    run => [ofCell(run, layerLocal), ofCell(run, rtrl)],
    { forAll: longer },
  ),
  onPools(
    'OSTL without its recurrence is OSTL with it, on spiking units',
    () => spiking(),
    run => [ofCell(run, ostl), ofCell(run, layerLocal)],
    { ...refuted, between: ['without', 'with'] },
  ),
]
