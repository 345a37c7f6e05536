/** The family of rules by name: what each changes of the exact picture, what it keeps, and how it is made for a task. */
import { dense } from '../ad/linear/apply.ts'
import { transpose } from '../ad/primitives/layout.ts'
import { eye, full, type Tensor, tensorOf } from '../ad/tensor.ts'
import type { Network } from '../nets/network.ts'
import { rng } from '../nets/random.ts'
import type { Rule } from '../nets/run/scan.ts'
import { broadcastSize } from '../nets/run/transforms.ts'
import { alignedTo, windowed } from '../nets/run/windows.ts'
import { artbp } from '../rules/artbp.ts'
import { bplambda } from '../rules/bplambda.ts'
import { diagonal } from '../rules/diagonal.ts'
import { dni } from '../rules/dni.ts'
import { drtrl, esdrtrl } from '../rules/drtrl.ts'
import { eprop } from '../rules/eprop.ts'
import { forwardGradient } from '../rules/forward-gradient.ts'
import { fpbptt } from '../rules/fpbptt.ts'
import { kernl } from '../rules/kernl.ts'
import { kfrtrl } from '../rules/kfrtrl.ts'
import { nodePerturbation } from '../rules/node-perturbation.ts'
import { ok } from '../rules/ok.ts'
import { sparsity } from '../rules/parts/sparsity.ts'
import { randomFeedback } from '../rules/random-feedback.ts'
import { reverseKfrtrl } from '../rules/reverse-kfrtrl.ts'
import { rflo } from '../rules/rflo.ts'
import { influence } from '../rules/rtrl.ts'
import { sketch } from '../rules/sketch.ts'
import { snap } from '../rules/snap.ts'
import { chunked } from '../rules/tbptt.ts'
import { threeFactor } from '../rules/three-factor.ts'
import { uoro } from '../rules/uoro.ts'
import { weightPerturbation } from '../rules/weight-perturbation.ts'

/** What a rule is made for: a task, windows of so many steps, its own number k, and a seed for what is drawn once. */
export interface Making {
  readonly task: Network
  readonly window: number
  readonly k: number
  readonly seed: number
}

type Online = Rule<never, 'past'>

/**
 * The tensor M [d, |θ|] as it is kept: in full, by the entries of a mask, of a weight's own unit alone, as one outer product or
 * Kronecker product or k of them, as own units and a product of rank k, or not at all.
 */
export type Structure =
  | 'dense'
  | 'sparse'
  | 'own units'
  | 'rank one'
  | 'Kronecker'
  | 'k Kronecker'
  | 'own + rank k'
  | 'none'

/** One rule of the family. */
export interface Member {
  readonly faces: 'past' | 'future' | 'both'
  readonly changes: 'nothing' | 'replaces' | 'remembers less' | 'bootstraps'
  /** What goes from step to step, and its size. */
  readonly keeps: string
  /** What tensor the influence is kept as. */
  readonly structure: Structure
  readonly grade: 'exact' | 'unbiased' | 'biased'
  /** Operations a step, leaky network. */
  readonly cost: string
  readonly paper: string
  /** What `k` counts, where it begins, and the least it may be, 1 where nothing is said; without it the rule has none. */
  readonly k?: { readonly counts: string; readonly begins: (window: number) => number; readonly least?: number }
  /** Whether it branches on numbers or gathers moments of its own, so that it is not compiled. */
  readonly eager?: true
  readonly make: (how: Making) => Online
}

const online = (rule: unknown): Online => rule as Online

/** B [units, m] of normal numbers over √m, from a stream of its own. */
const drawnFeedback = ({ task, seed }: Making, units: number): Tensor => {
  const { m } = task.sizes
  const { data } = rng(seed, 3).draw({ law: 'normal', shape: [m, units] })
  const scaled = data.map(x => x / Math.sqrt(m))
  return transpose(tensorOf([m, units], scaled)) as Tensor
}

/** B for every unit of every layer. */
const drawnBroadcast = (how: Making): Tensor => drawnFeedback(how, broadcastSize(how.task))

/** The readout tells the last layer alone: where there are others e-prop is given a feedback. */
const signalOf = (how: Making): Tensor | undefined =>
  broadcastSize(how.task) > how.task.sizes.d ? drawnBroadcast(how) : undefined

const inWindows = ({ window }: Making) => windowed({ every: window, reach: window, clipped: true })
const guessRate = 0.01

/** The rules by the names of the command line. */
export const family = {
  bptt: {
    faces: 'future',
    changes: 'nothing',
    keeps: 'the window',
    structure: 'none',
    grade: 'exact',
    cost: 'd²',
    paper: 'Werbos 1990',
    make: ({ window }) => online(chunked(window)),
  },
  rtrl: {
    faces: 'past',
    changes: 'nothing',
    keeps: 'influence d·|θ|',
    structure: 'dense',
    grade: 'exact',
    cost: 'd²·|θ|',
    paper: 'Williams & Zipser 1989',
    make: () => online(influence(dense)),
  },
  tbptt: {
    faces: 'future',
    changes: 'replaces',
    keeps: 'k moments',
    structure: 'none',
    grade: 'biased',
    cost: 'd²',
    paper: 'Williams & Peng 1990',
    k: { counts: 'steps of a chunk', begins: window => Math.min(5, window) },
    make: ({ window, k }) => online(alignedTo(window)(chunked(k))),
  },
  artbp: {
    faces: 'future',
    changes: 'replaces',
    keeps: 'the window',
    structure: 'none',
    grade: 'unbiased',
    cost: 'd²',
    paper: 'Tallec & Ollivier 2017',
    make: how => online(inWindows(how)(artbp(0.1))),
  },
  randomfeedback: {
    faces: 'future',
    changes: 'replaces',
    keeps: 'the window',
    structure: 'none',
    grade: 'biased',
    cost: 'd²',
    paper: 'Lillicrap et al. 2016',
    make: how => online(inWindows(how)(randomFeedback(drawnFeedback(how, how.task.sizes.d)))),
  },
  rflo: {
    faces: 'past',
    changes: 'replaces',
    keeps: 'a trace |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: '|θ|',
    paper: 'Murray 2019',
    make: how => online(rflo(drawnBroadcast(how), sparsity(how.task))),
  },
  eprop: {
    faces: 'past',
    changes: 'replaces',
    keeps: 'a trace |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: '|θ|',
    paper: 'Bellec et al. 2020',
    make: how => online(eprop(signalOf(how), sparsity(how.task))),
  },
  drtrl: {
    faces: 'past',
    changes: 'replaces',
    keeps: 'a trace |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: '|θ|',
    paper: 'Wang et al. 2024',
    make: ({ task }) => online(drtrl(sparsity(task))),
  },
  esdrtrl: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'two traces, d + p',
    structure: 'rank one',
    grade: 'biased',
    cost: '|θ|',
    paper: 'Wang et al. 2024',
    make: () => online(esdrtrl(0.9)),
  },
  kernl: {
    faces: 'past',
    changes: 'replaces',
    keeps: 'a trace |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: '|θ|',
    paper: 'Roth et al. 2019',
    make: ({ task }) => {
      const wires = sparsity(task)
      const states = wires.units.length
      return online(kernl(eye(states), full([states], 0.5), wires))
    },
  },
  snap: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'reached entries',
    structure: 'sparse',
    grade: 'biased',
    cost: 'd³+mask',
    paper: 'Menick et al. 2020',
    k: { counts: 'steps of reach, n', begins: () => 1 },
    make: ({ task, k }) => online(snap(k, sparsity(task), 'unit')),
  },
  diagonal: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'a trace |θ|',
    structure: 'own units',
    grade: 'exact',
    cost: '|θ|',
    paper: 'Zucchet et al. 2023',
    make: ({ task }) => online(diagonal(sparsity(task))),
  },
  uoro: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'vectors, d + |θ|',
    structure: 'rank one',
    grade: 'unbiased',
    cost: 'd²',
    paper: 'Tallec & Ollivier 2017',
    make: () => online(uoro()),
  },
  kfrtrl: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'factors, d² + p',
    structure: 'Kronecker',
    grade: 'unbiased',
    cost: 'd³',
    paper: 'Mujika et al. 2018',
    make: () => online(kfrtrl()),
  },
  rkfrtrl: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'factors, d + d·p',
    structure: 'Kronecker',
    grade: 'unbiased',
    cost: 'd³',
    paper: 'Marschall et al. 2020',
    make: () => online(reverseKfrtrl()),
  },
  forwardgradient: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'one direction |θ|',
    structure: 'rank one',
    grade: 'unbiased',
    cost: 'd²',
    paper: 'Baydin et al. 2022',
    make: () => online(forwardGradient),
  },
  weightperturbation: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'a second run, |θ|',
    structure: 'rank one',
    grade: 'biased',
    cost: 'd²',
    paper: 'Cauwenberghs 1993',
    make: () => online(weightPerturbation()),
  },
  nodeperturbation: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'a noisy run, |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: 'd²',
    paper: 'Werfel et al. 2005',
    make: () => online(nodePerturbation({ decay: 0.9 })),
  },
  threefactor: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'a noisy run, |θ|',
    structure: 'own units',
    grade: 'biased',
    cost: 'd²',
    paper: 'Williams 1992',
    make: () => online(threeFactor({ sigma: 0.5, beta: 0.5, baseline: 0.1 })),
  },
  ok: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'k factors, d² + p',
    structure: 'k Kronecker',
    grade: 'unbiased',
    cost: 'k·d³',
    paper: 'Benzing et al. 2019',
    k: { counts: 'terms', begins: () => 2 },
    eager: true,
    make: ({ k }) => online(ok(k)),
  },
  sketch: {
    faces: 'past',
    changes: 'remembers less',
    keeps: 'a trace, k(d + |θ|)',
    structure: 'own + rank k',
    grade: 'biased',
    cost: 'd³+k²d²',
    paper: 'Sketched RTRL 2026',
    k: { counts: 'ranks', begins: () => 2, least: 0 },
    eager: true,
    make: ({ task, k }) => online(sketch(k, sparsity(task))),
  },
  fpbptt: {
    faces: 'both',
    changes: 'nothing',
    keeps: 'influence and window',
    structure: 'dense',
    grade: 'exact',
    cost: 'd³',
    paper: 'Schmidhuber 1992',
    k: { counts: 'steps of a window', begins: window => window },
    make: ({ window, k }) => online(alignedTo(window)(fpbptt(k))),
  },
  dni: {
    faces: 'past',
    changes: 'bootstraps',
    keeps: 'a guesser of credit',
    structure: 'none',
    grade: 'biased',
    cost: 'd²',
    paper: 'Marschall et al. 2020',
    make: ({ seed }) => online(dni.total({ lr: guessRate, seed })),
  },
  bplambda: {
    faces: 'both',
    changes: 'bootstraps',
    keeps: 'a guesser, its trace',
    structure: 'dense',
    grade: 'biased',
    cost: 'd⁴',
    paper: 'Pemberton & Costa 2024',
    make: ({ seed }) => online(bplambda({ lambda: 0.5, gamma: 0.95, lr: guessRate, seed })),
  },
} as const satisfies { readonly [name: string]: Member }

export type RuleName = keyof typeof family
export const ruleNames = Object.keys(family) as readonly RuleName[]

/** A rule of the family, its optional facts readable. */
export const member = (name: RuleName): Member => family[name]
