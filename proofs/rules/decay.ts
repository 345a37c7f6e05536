/** Decayed immediate derivatives: one number in the place of J. What they are at its ends, and where they are the gradient. */
import { spaceOf } from '../../ad/linear/space.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { decay } from '../../rules/decay.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { kernl } from '../../rules/kernl.ts'
import { rflo } from '../../rules/rflo.ts'
import { sliding } from '../../rules/tbptt.ts'
import { type Fed, onFed, refuted, rewired, type Setting, settingOf, sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import type { Equation, Proposition } from '../proposition.ts'

/** What a rule says of the parameters of the cell, without the start. */
const cellOnly = <M>(run: Run, rule: AnyRule<M>): readonly number[] =>
  sumOf(rule, { run }).slice(0, spaceOf(run.net.init(0).cell).size)

const alone = rewired(() => 0)
const leakOf = ({ net }: Fed): number => 1 - net.alpha

/** The rule whose decay is the leak, beside something else. */
const onLeak = (claim: string, other: (s: Setting) => readonly number[], options: Partial<Equation<Fed>> = {}) => {
  const sides = (one: Fed) => {
    const s = settingOf(one)
    return [cellOnly(s.run, decay({ lambda: leakOf(one) })), other(s)] as const
  }
  return onFed(claim, s => [other(s), other(s)], { sides, ...options })
}

export const decays: readonly Proposition[] = [
  ...each.map(name =>
    onPools(
      `immediate derivatives that do not last are the one-step truncation, on ${name}`,
      () => cellOf(name),
      run => [cellOnly(run, decay({ lambda: 0 })), cellOnly(run, sliding({ k: 1 })(bptt))],
      { within: 1e-12 },
    ),
  ),
  ...each.map(name =>
    onPools(
      `decayed immediate derivatives are KeRNL whose kernel is the identity, on ${name}`,
      () => cellOf(name),
      run => {
        const kernel = kernl({ gamma: 1 - 0.75 }).on(run.net, 0)
        return [sumOf(decay({ lambda: 0.75 }), { run }), sumOf(kernel, { run })]
      },
    ),
  ),
  onLeak('immediate derivatives that decay as the leak are RFLO with the transposed readout', s =>
    cellOnly(s.run, rflo({ feedback: s.back })),
  ),
  onLeak('immediate derivatives that decay as the leak are the gradient where W_rec = 0', s => cellOnly(s.run, bptt), {
    forAll: alone,
  }),
  onLeak(
    'immediate derivatives that decay as the leak are the gradient',
    s => cellOnly(s.run, bptt),
    refuted(['decayed', 'gradient']),
  ),
  onFed(
    'immediate derivatives that decay at any rate are RFLO with the transposed readout',
    s => [cellOnly(s.run, decay()), cellOnly(s.run, rflo({ feedback: s.back }))],
    refuted(['decayed', 'RFLO']),
  ),
  onPools(
    'immediate derivatives that decay as the leak are D-RTRL, on the GRU',
    () => cellOf('gru'),
    run => [cellOnly(run, decay({ lambda: 0.75 })), cellOnly(run, drtrl)],
    { verdict: 'refuted', runs: 60 },
  ),
]
