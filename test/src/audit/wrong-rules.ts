/** Rules that are wrong on purpose, as published code and re-implementations are: each with the facts of what it pretends to be. */
import { dense, pull, push, toMatrix } from '../../../ad/linear/apply.ts'
import { type Linear, matrix, plus, scale, zero } from '../../../ad/linear/linear.ts'
import { linearizePair } from '../../../ad/linear/linearize.ts'
import { asCotangent, asTangent, type Cotangent, times, toValue, zeroCotangent } from '../../../ad/linear/space.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { add, div, exp, mul, sub } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, slice, transpose } from '../../../ad/primitives/layout.ts'
import { eye, ones, sizeOf, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { item, type Like, lift, type Value } from '../../../ad/value.ts'
import { composed, type StepTransform, transformed } from '../../../nets/run/fold.ts'
import { kronecker } from '../../../nets/run/kronecker.ts'
import type { Replay } from '../../../nets/run/replay.ts'
import { type AnyRule, type Fold, rule } from '../../../nets/run/rule.ts'
import { error, isSet, type Param, type State, type Timestep } from '../../../nets/run/timestep.ts'
import { broadcastFeedback, localParameters } from '../../../nets/run/transforms.ts'
import { windowed } from '../../../nets/run/windows.ts'
import { updatedUoro } from '../../../proofs/rules/wrong-rules.ts'
import {
  type BPLambdaOptions,
  bplambda,
  bptt,
  type DniOptions,
  dni,
  type Entry,
  eprop,
  type Influence,
  maker,
  type RuleFacts,
  rflo,
  rtrl,
  ruleFor,
  snap,
  tbptt,
  uoro,
} from '../../../rules/index.ts'
import {
  asTangentMap,
  gradientOf,
  minus,
  predict,
  type SynthesiserSeed,
  stateFeatures,
  synthesiserOf,
  updated,
} from '../../../rules/parts/synthesiser.ts'

const factsOfRtrl = (name: string): RuleFacts<'past'> => {
  const { init: _, step: __, ...facts } = rtrl
  return { ...(facts as unknown as RuleFacts<'past'>), name }
}

const replayOf = (now: Timestep): Replay => now.replay as Replay
const cellOf = (now: Timestep): Readonly<Record<string, Value>> =>
  replayOf(now).θ.cell as Readonly<Record<string, Value>>

/** D [d, d] of the leaky network. */
const unitsOf = (now: Timestep): Value => {
  const { post } = kronecker('wrong', now)
  return transpose(toValue(push(post, asTangent(post.from, eye(post.from.size)))))
}

/** RTRL over timesteps that are changed from timestep 1 on. */
const changedRtrl = (name: string, change: StepTransform): AnyRule =>
  transformed(now => (isSet(now.isStart) ? now : change(now)))({ ...rtrl, ...factsOfRtrl(name) })

/** J = (1 - α) I + W D in place of D W. */
const mixedJacobian: StepTransform = now => {
  const [D, W] = [unitsOf(now), cellOf(now).W_rec as Value]
  const { from, to } = now.jacobian
  return { ...now, jacobian: matrix(from, to, add(sub(toMatrix(now.jacobian), matmul(D, W)), matmul(W, D))) }
}

/** α of a leaky network, from the own part of its Jacobian. */
const leakOf = (now: Timestep): number => {
  const kept = sub(toMatrix(now.jacobian), matmul(unitsOf(now), cellOf(now).W_rec as Value))
  return 1 - item(reshape(slice(slice(kept, 0, 1), 0, 1, 1), []))
}

const withoutAlpha: StepTransform = now =>
  isSet(now.isStart) ? now : { ...now, immediate: scale(lift(1 / leakOf(now)), now.immediate) }

/** What a rule emits, with some parameters' entries multiplied. */
const emittingTimes = (name: string, factors: (now: Timestep, leaf: string) => Like): AnyRule => ({
  ...rtrl,
  ...factsOfRtrl(name),
  step: (memory: Influence, now: Timestep) => {
    const [out, next] = rtrl.step(memory, now)
    let at = 0
    const parts = Object.entries(cellOf(now)).map(([leaf, { shape }]) => {
      const part = slice(toValue(out), at, at + sizeOf(shape))
      at += sizeOf(shape)
      const factor = factors(now, leaf)
      return factor === 1 ? part : mul(part, factor)
    })
    return [asCotangent(now.immediate.from, concat([...parts, slice(toValue(out), at, now.immediate.from.size)])), next]
  },
})

/** γ_log where the forward pass uses exp γ_log, for every weight of a row of B. */
const gammaForExponent = (now: Timestep, leaf: string): Like => {
  if (!leaf.startsWith('B_')) return 1
  const { γ_log: γ, B_re: B } = cellOf(now) as { readonly γ_log: Value; readonly B_re: Value }
  return reshape(mul(reshape(div(γ, exp(γ)), [γ.shape[0] as number, 1]), ones(B.shape)), [sizeOf(B.shape)])
}

interface Late {
  readonly M: Influence
  readonly x: Value
}

/** The immediate map of the input before. */
const inputBefore = rule<Late, 'past', RuleFacts<'past'>>(
  {
    faces: 'past',
    init: first => ({ M: zero(first.immediate), x: first.x }),
    step: ({ M, x }, now) => {
      const { θ, step } = replayOf(now)
      const own: Param = { cell: θ.cell, start: θ.start }
      const [, late] = linearizePair((p: Param, s: State): State => step(p, s, x), own, now.before)
      const [out, next] = rtrl.step(M, { ...now, immediate: isSet(now.isStart) ? now.immediate : late })
      return [out, { M: next, x: now.x }]
    },
  },
  factsOfRtrl('rtrl of the input before'),
)

interface Stale {
  readonly M: Influence
  readonly θ: Param
}

/** J at the parameters of the first step. */
const staleParameters = rule<Stale, 'past', RuleFacts<'past'>>(
  {
    faces: 'past',
    init: first => ({ M: zero(first.immediate), θ: replayOf(first).θ }),
    step: ({ M, θ }, now) => {
      const { step } = replayOf(now)
      const old: Param = { cell: θ.cell, start: θ.start }
      const [, , jacobian] = linearizePair((p: Param, s: State): State => step(p, s, now.x), old, now.before)
      const [out, next] = rtrl.step(M, isSet(now.isStart) ? now : { ...now, jacobian })
      return [out, { M: next, θ }]
    },
  },
  factsOfRtrl('rtrl of stale parameters'),
)

/** The learning signal of a step with half of the one after it. */
const leakingEprop: AnyRule = {
  name: 'e-prop of smoothed errors',
  faces: 'future',
  init: last => zeroCotangent(last.after),
  step: (later: Cotangent<State>, now: Timestep) => [
    pull(now.immediate, plus(error(now), times(0.5, later))),
    error(now),
  ],
}

interface Counted {
  readonly M: Influence
  readonly t: number
}

/** RTRL that forgets every two steps, each time one step late: chunks of 3, 2, 2, … steps. */
const lateReset = rule<Counted, 'past', RuleFacts<'past'>>(
  {
    faces: 'past',
    init: first => ({ M: zero(first.immediate), t: 0 }),
    step: ({ M, t }, now) => {
      const [out, next] = rtrl.step(t > 2 && t % 2 === 0 ? zero(now.immediate) : M, now)
      return [out, { M: next, t: t + 1 }]
    },
  },
  { ...factsOfRtrl('chunks reset late'), exactness: 'biased', start: 'approximate', pairs: 'blocks' },
)

interface Traced<P extends Branch> {
  readonly ψ: P
  readonly trace: Linear<P, State>
}

/** BP(λ) whose trace is pushed by the Jacobian of this timestep, as the loop is printed. */
const newJacobianFold = <P extends Branch>(
  options: BPLambdaOptions<P> & SynthesiserSeed,
): Fold<Traced<P>, Timestep, { readonly gradient: Cotangent<Param> }, 'past'> => {
  const { lambda = 0.5, gamma = 1, lr = 0.01 } = options
  const { synthesiser, initialise, decayed } = synthesiserOf(options)
  const predicted = (ψ: P, h: State) => predict(synthesiser, ψ, h, stateFeatures(h))
  return {
    faces: 'past',
    init: ({ after }) => {
      const ψ = initialise(stateFeatures(after), after)
      return { ψ, trace: dense(zero(asTangentMap(predicted(ψ, after)[1]))) }
    },
    step: ({ ψ, trace }, now) => {
      const J = scale(lift(gamma * lambda), now.jacobian)
      const e = isSet(now.isStart) ? trace : dense(plus(push(J, trace), asTangentMap(predicted(ψ, now.before)[1])))
      const future = (by: P) => times(sub(1, now.isLast), predicted(by, now.after)[0])
      const td = minus(pull(now.jacobian, plus(error(now), times(gamma, future(ψ)))), predicted(ψ, now.before)[0])
      const newψ = updated(ψ, lr, decayed(ψ, pull(e, td), sub(1, now.isStart)))
      return [{ gradient: pull(now.immediate, plus(error(now), future(newψ))) }, { ψ: newψ, trace: e }]
    },
  }
}

const newJacobian = maker(bplambda.facts, <P extends Branch>(options: BPLambdaOptions<P> = {}) =>
  ruleFor(bplambda.facts as RuleFacts<'past'>, (_, seed) => gradientOf(newJacobianFold({ seed, ...options }))),
)

const square = (now: Timestep): boolean => now.readoutMap.to.size === now.outputMap.to.size

const transposedFeedback: AnyRule = ruleFor(eprop.facts as RuleFacts<'past'>, (net, seed) => {
  const own = eprop().on(net, seed)
  const transposed: StepTransform = now => (square(now) ? broadcastFeedback(replayOf(now).θ.readout.W_out)(now) : now)
  return transformed(transposed)(own)
}) as AnyRule

const silentSignal: AnyRule = ruleFor(eprop.facts as RuleFacts<'past'>, (net, seed) =>
  transformed(broadcastFeedback(zeros([net.sizes.d, net.sizes.m])))(eprop().on(net, seed)),
) as AnyRule

const withoutLeakRate: AnyRule = ruleFor(rflo.facts as RuleFacts<'past'>, (net, seed) =>
  transformed(composed(withoutAlpha))(rflo().on(net, seed)),
) as AnyRule

/** Rules by what is wrong with them. */
export const wrongRules = {
  'RTRL with W diag f′ in place of diag f′ W': changedRtrl('rtrl with mixed jacobian', mixedJacobian),
  'BP(λ) with the new Jacobian in its trace': newJacobian,
  'RFLO without α': withoutLeakRate,
  'e-prop that leaks the future': leakingEprop,
  'TBPTT(1) sold as TBPTT(k)': maker(tbptt.facts, (_: { readonly k?: number } = {}) =>
    windowed({ every: 1, reach: 1, clipped: true }, tbptt.facts)(bptt),
  ),
  'chunks sold as a sliding window': {
    ...tbptt({ k: 2 }),
    ...({ ...tbptt.facts, name: 'sliding', pairs: 'a band' } as RuleFacts<'past'>),
  } as AnyRule,
  'UORO with ρ from the updated vector': { ...updatedUoro, ...(uoro.facts as RuleFacts<'past'>) } as AnyRule,
  'DNI without its terminal': maker(dni.facts, <P extends Branch>(options: DniOptions<P> = {}) =>
    dni({ ...options, terminal: false }),
  ),
  'a sign': emittingTimes('rtrl upside down', (_, leaf) => (leaf === 'W_rec' ? -1 : 1)),
  'a transposed feedback': transposedFeedback,
  'an input of the step before': inputBefore,
  'a gate counted twice': emittingTimes('rtrl on lstm', (_, leaf) => (/_[ifg]$/.test(leaf) ? 2 : 1)),
  'a trace exact for the top layer only': transformed(localParameters)({ ...rtrl, ...factsOfRtrl('rtrl by layers') }),
  'γ for exp γ': emittingTimes('rtrl of the LRU', gammaForExponent),
  'a learning signal that is always 0': silentSignal,
  'a reset one step late': lateReset,
  'a batch mean as a sum': {
    ...rtrl,
    ...factsOfRtrl('rtrl summed'),
    step: (memory: Influence, now: Timestep) => {
      const [out, next] = rtrl.step(memory, now)
      return [times(2, out), next]
    },
  } as AnyRule,
  'stale θ in the trace': staleParameters,
  'a mask after one step only': {
    ...rtrl,
    ...(snap.facts as RuleFacts<'past'>),
  } as AnyRule,
  'a clipped γ': maker(bplambda.facts, <P extends Branch>(options: BPLambdaOptions<P> = {}) =>
    bplambda({ ...options, gamma: Math.min(options.gamma ?? 1, 0.9) }),
  ),
} as const satisfies Readonly<Record<string, Entry | AnyRule>>
