/**
 * What carries a rule from one timestep to the next, counted: an influence crosses by pushes, a credit by pulls. The values of
 * two rules may agree whichever way their maps are followed; these propositions see the way itself.
 */

import { integer } from 'fast-check'
import { add, mul, tanh, unary } from '../../ad/primitives/elementwise.ts'
import type { Value } from '../../ad/value.ts'
import { affine } from '../../nets/cells/affine.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, type Network, network } from '../../nets/network.ts'
import { drawnFor } from '../../nets/run/noise.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { dniFuture } from '../../rules/dni.ts'
import { dniB } from '../../rules/dni-b.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { kernlLearned } from '../../rules/kernl-learned.ts'
import type { Crossing } from '../../rules/parts/facts.ts'
import { type Entry, factsOf, type RuleName, registry, ruleNames, ruleOf } from '../../rules/registry.ts'
import { rfloAdaptive } from '../../rules/rflo-adaptive.ts'
import { snap } from '../../rules/snap.ts'
import { sliding } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { equation, type Proposition } from '../proposition.ts'

/** How often something went through J, by each mode. */
interface Crossings {
  readonly pushes: number
  readonly pulls: number
}

/** The identity, which counts the tangents and cotangents that go through it; a block counts once. */
const counter = () => {
  const count = { pushes: 0, pulls: 0 }
  const counted = unary('counted', x => x, {
    push: [
      t => {
        count.pushes++
        return t
      },
    ],
    pull: [
      c => {
        count.pulls++
        return c
      },
    ],
  })
  return { count, counted }
}

/** A leaky network whose state before a step is seen only through the counter, so that all of J is counted, and nothing else. */
const countedTask = (counted: (x: Value) => Value): Network =>
  network(
    affine(
      { params: { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] }, state: { h: ['d'] } },
      (s, x) => ({ W_rec: counted(s.h), W_in: x, b_rec: 1 }),
      (s, u) => ({ h: add(mul(0.5, counted(s.h)), mul(0.5, tanh(u))) }),
    ),
    { d: 3, n: 2, m: 2 },
    halfSquaredError(),
  ) as unknown as Network

const steps = 4

/** What a reading of a run of T steps sends through J; pulls through the zero J of timestep 0 are none. */
export const crossingsIn = (read: (run: Run) => unknown, seed: number, T = steps): Crossings => {
  const { count, counted } = counter()
  const net = countedTask(counted)
  const sequence = Array.from({ length: T }, (_, t) => example([t % 5, -1], [1, t % 3]))
  const run = unroll(net)(net.init(seed), sequence)
  Object.assign(count, { pushes: 0, pulls: 0 })
  read(run)
  return { ...count }
}

/** What a rule sends through J over a run of four steps. */
const crossingsOf = (rule: AnyRule, seed: number): Crossings =>
  crossingsIn(run => {
    const own = resolved(rule, run.net, seed)
    total(own)(drawnFor(own, run, seed))
  }, seed)

const guess = { lr: 0.1 }
type Rules = Readonly<Record<string, AnyRule>>
/** Rules of the registry with other options, and those beside it. */
const others: readonly (readonly [Crossing, Rules])[] = [
  [
    'pushes alone',
    {
      'SnAp-2 entry by entry': snap({ n: 2, mask: 'strict' }),
      'RFLO whose feedback learns': rfloAdaptive({ lr: 0.1 }),
    },
  ],
  [
    'pulls alone',
    {
      'BPTT in sliding windows': sliding({ k: 2 })(bptt),
      'DNI of future credit': dniFuture({ ...guess, every: 2 }),
      'predicted and true credit by turns': hybrid({ ...guess, every: 2, long: 4, nth: 2 }),
    },
  ],
  ['pushes of its vector and pulls within a window', { 'UORO with two steps to a draw': uoro({ k: 2 }) }],
  [
    'neither pushes nor pulls',
    { 'KeRNL with a learned kernel': kernlLearned({ lr: 0.1 }), 'DNI(b)': dniB({ ...guess, model: { lr: 0.1 } }) },
  ],
]

const counts: Readonly<Record<Crossing, readonly [pushes: number, pulls: number]>> = {
  'pushes alone': [1, 0],
  'pulls alone': [0, 1],
  'neither pushes nor pulls': [0, 0],
  'pushes of its trace and pulls of its target': [1, 1],
  'pushes of its vector and pulls within a window': [1, 1],
  'pushes of its influence and pulls of its error': [1, 1],
}

/** As many crossings as there are, where there should be some: at least one; else none. */
const wantedOf = (found: readonly number[], way: Crossing): readonly number[] =>
  counts[way].map((some, i) => (some === 1 ? Math.max(1, found[i] as number) : 0))
const crosses = (name: string, rule: AnyRule, way: Crossing): Proposition =>
  equation<number>({
    claim: `${name} crosses a timestep by ${way}`,
    forAll: integer({ min: 0, max: 1000 }),
    sides: seed => {
      const { pushes, pulls } = crossingsOf(rule, seed)
      return [[pushes, pulls], wantedOf([pushes, pulls], way)]
    },
    describe: seed => `seed ${seed}: pushes and pulls`,
    between: ['counted', 'wanted'],
    within: 0,
    verdict: 'holds',
    runs: 2,
  })

/** Windows shorter than the run of four steps. */
const optionsFor = (name: RuleName): object => {
  const { count } = factsOf(registry[name])
  return count ? { [count.option]: count.begins(2) } : {}
}

/** The diagonal rule serves networks of units that depend on themselves alone. */
const withoutMixing = new Set<string>(['diagonal'])

export const crossings: readonly Proposition[] = [
  ...ruleNames
    .filter(name => !withoutMixing.has(name))
    .map(name => crosses(name, ruleOf(registry[name] as Entry, optionsFor(name)), factsOf(registry[name]).crosses)),
  ...others.flatMap(([way, rules]) => Object.entries(rules).map(([name, rule]) => crosses(name, rule, way))),
]
