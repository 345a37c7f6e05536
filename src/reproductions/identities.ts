/** Identities between rules, as their papers have them and as the propositions decide them. */
import { bplambda } from '../../rules/bplambda.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { tbptt } from '../../rules/tbptt.ts'
import { claimed } from './held.ts'
import type { Reproduction } from './reproduction.ts'

const paperOf = ({ papers: [paper] }: RuleFacts) => paper

export const bpLambda: Reproduction = {
  name: 'bp-lambda',
  title: 'BP(λ) with λ of 0, 1 and between',
  paper: paperOf(bplambda.facts),
  protocol: 'On random networks and sequences, to rounding. The toy of the paper is not among them.',
  minutes: 0.1,
  figures: [
    'the λ-return is the eligibility trace: Σ td·e = Σ (G^λ - g) ∂g/∂ψ for any λ, γ and synthesiser',
    'for λ = γ = 1 the λ-return is what BPTT sends back, whatever is predicted',
    "for λ = γ = 1 the synthesiser's update is the descent of ½‖what BPTT sends back - g‖²",
    'BP(0) with γ = 1 that predicts before the update is DNI of the future with windows of 1, step by step',
    'BP(λ) whose predictions are right is BPTT for any λ and step size, and learns nothing more',
    'with predictions of 0 and no updates, BP(λ) is the sliding window of 1 for every λ',
  ].map(claimed),
}

export const truncation: Reproduction = {
  name: 'truncation',
  title: 'Which credit each kind of truncation keeps',
  paper: paperOf(tbptt.facts),
  protocol: 'On random networks and sequences, to rounding; for the refuted claim a counterexample is found.',
  minutes: 0.1,
  figures: [
    'the triangle of the sliding window is the exact one where t - s < k, and 0 elsewhere',
    'by lag, a window of k steps is exact below lag k, and has nothing from there on',
    'FP-BPTT computes the gradient for every window k, whether or not it divides T',
    'the mean of ARTBP over all cuts, weighted by how likely they are, is BPTT, the start included',
    'credit cut at random and not made up for has the mean of BPTT',
  ].map(claimed),
}
