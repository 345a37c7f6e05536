/** The storeys in groups of about the same cost, a file of tests each. */
import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { decide, propositions, type Storey } from '../../../proofs/index.ts'
import { share } from '../../effort.ts'

export const seed = Number(process.env.JANUS_SEED ?? 1)

export const groups = {
  symbols: ['networks', 'symbols', 'gradient flow', 'truncation', 'errata', 'refutations'],
  compiler: ['oracles', 'adjointness', 'nesting', 'compiler', 'linear maps'],
  approximations: ['duality', 'approximations', 'costs'],
  bootstrapped: ['stochastic', 'bootstrapped'],
} as const satisfies Readonly<Record<string, readonly Storey[]>>

/** Declares a test for every proposition of a group: one after another, so that each is reported when it is decided. */
export const decided = (group: keyof typeof groups): void => {
  for (const storey of groups[group])
    for (const proposition of propositions[storey])
      test.serial(
        `${storey}: ${proposition.verdict === 'refuted' ? 'it is refuted that ' : ''}${proposition.claim}`,
        async t => {
          await setImmediate() // what is decided is sent
          const effort = { seed, runs: share(proposition.runs ?? 100) }
          const quick = decide(proposition, { ...effort, shrink: false })
          const { passed, error, counterexample, worst } = quick.passed ? quick : decide(proposition, effort)
          const replay = `replay: janus prove ${JSON.stringify(proposition.claim)} --seed ${seed}`
          t.true(passed, [`worst residual ${worst}`, error, counterexample, replay].join('\n'))
        },
      )
}
