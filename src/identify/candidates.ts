/** Everything that a foreign gradient is held to: no, one or two variants at once, and rules that need what the file gives. */

import { engineOf } from '../../ad/compiler/engine.ts'
import type { Case } from '../cases/case.ts'
import type { Arrays } from '../cases/models/places.ts'
import type { RuleName } from '../cases/schema.ts'
import { fold, type LinearRun } from './linear-run.ts'
import { type Blocks, blocksOf, flatAll, type Subject } from './subject.ts'
import { type Variant, variantsOf } from './variants/index.ts'

/** A candidate: what it is, and its gradient. */
export interface Candidate {
  /** Ids of the variants; none for the gradient itself. */
  readonly ids: readonly string[]
  readonly says: readonly string[]
  readonly blocks: Blocks
  /** The changed run; null for a rule of the project. */
  readonly run: LinearRun | null
}

/** Work that pairs of variants may take, in multiplications. */
const most = 3e9

const combined = (subject: Subject, variants: readonly Variant[]): LinearRun | null =>
  variants.reduce<LinearRun | null>((run, one) => run && one.change(run, subject.context), subject.run)

const candidate = (subject: Subject, variants: readonly Variant[]): readonly Candidate[] => {
  const run = combined(subject, variants)
  if (!run) return []
  const blocks = blocksOf(subject, run, fold(run))
  return [{ ids: variants.map(({ id }) => id), says: variants.map(({ says }) => says), blocks, run }]
}

const workOf = ({ run }: Subject): number => {
  const [S, P] = [run.steps[0]?.B.length ?? 0, run.steps[0]?.B[0]?.length ?? 0]
  return (run.steps.length ** 2 / 2) * S * P
}

/** A Jacobian or an immediate derivative of another kind is taken before the signal and the pairs. */
const pairs = (variants: readonly Variant[]): readonly (readonly Variant[])[] =>
  variants.flatMap((a, i) => variants.slice(i + 1).flatMap(b => (a.part === b.part ? [] : [[a, b]])))

/** Rules that a case can be asked for, with the arguments that the file gives. */
const rules = ({ given }: Case): readonly (readonly [says: string, rule: RuleName, args: object])[] => {
  const { noise, synthesiser } = given
  const learned = { theta_mode: 'online', psi_gamma: synthesiser?.gamma, terminal_zero: true, terminal_update: true }
  return [
    ...(noise
      ? ([true, false].map(normalize => [
          `by UORO with the noise of the file, its factors ${normalize ? 'balanced' : 'all 1'}`,
          'uoro',
          { nu: noise, normalize },
        ]) as [string, RuleName, object][])
      : []),
    ...(synthesiser
      ? (['after', 'before'].map(psi_theta => [
          `by BP(λ) with the synthesiser of the file, predicting ${psi_theta} it learns`,
          'bp_lambda',
          { ...synthesiser, ...learned, psi_theta: psi_theta === 'after' ? 'after' : 'before' },
        ]) as [string, RuleName, object][])
      : []),
  ]
}

const ofRules = (source: Case): readonly Candidate[] => {
  const solution = source.model.solution(source.given, engineOf('eager'))
  return rules(source).flatMap(([says, rule, args]) => {
    const found = solution.answer(rule, args, [])?.grads as Arrays | undefined
    return found ? [{ ids: [rule], says: [says], blocks: flatAll(found), run: null }] : []
  })
}

/** What a gradient was held to, and whether pairs of variants were among it. */
export interface Candidates {
  readonly list: readonly Candidate[]
  readonly paired: boolean
}

/** All candidates of a case, the gradient first, then by how much is changed. */
export const candidatesOf = (subject: Subject, source: Case): Candidates => {
  const variants = variantsOf(subject.run.steps.length - 1)
  const single = [candidate(subject, []), ...variants.map(one => candidate(subject, [one]))].flat()
  const two = pairs(variants)
  const paired = two.length * workOf(subject) < most
  const double = paired ? two.flatMap(both => candidate(subject, both)) : []
  return { list: [...single, ...ofRules(source), ...double], paired }
}
