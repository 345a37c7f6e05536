/** Rules beside the one that trains, and sequences that a washout ends: what they leave as it is, and what they are equal to. */
import { type Arbitrary, integer, record } from 'fast-check'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import type { Branch } from '../../ad/tree.ts'
import type { PerStep } from '../../nets/loss.ts'
import type { Example, Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { type TrainOptions, type TrainState, type TrainStep, train } from '../../nets/train/online.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { rflo } from '../../rules/rflo.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, sliding } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { describe, networks } from '../arbitraries/networks.ts'
import { type Realised, realise } from '../arbitraries/realise.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

type Past = AnyRule<unknown, 'past'>
type Numbers = readonly number[]

const engines: readonly EngineLike[] = ['eager', 'compiled-js', 'compiled-wasm']

const rules: Readonly<Record<string, Past>> = {
  RTRL: rtrl,
  RFLO: rflo() as Past,
  UORO: uoro() as Past,
  'KF-RTRL': kfrtrl() as Past,
  'truncation in chunks': chunked({ k: 2 })(bptt) as Past,
  'the sliding window': sliding({ k: 3 })(bptt) as Past,
  'FP-BPTT': fpbptt({ k: 2 }) as Past,
}
const beside = { exact: rtrl, uoro: uoro(), chunks: chunked({ k: 3 })(bptt), late: { rule: kfrtrl(), from: 4 } }

/** A network, and the steps between updates and to a washout. */
interface Case {
  readonly net: PlainNetwork
  readonly every: number
  readonly washout: number
}
const tame = networks({ losses: ['half_mse', 'softmax_ce'], activations: ['tanh', 'sigmoid'], minT: 4, T: 7 })
const small = integer({ min: 1, max: 4 })
const cases: Arbitrary<Case> = record({ net: tame, every: small, washout: integer({ min: 1, max: 6 }) })

type Step = TrainStep<Theta>
const seen = ({ loss, output, θ, gradient }: Step): Numbers => [
  loss,
  ...entries(output),
  ...entries(θ),
  ...(gradient ? entries(gradient) : []),
]

const online = (net: Network): Network<Branch, Branch, PerStep> => net as Network<Branch, Branch, PerStep>
const trainer = (rule: Past, { net }: Realised, options: Partial<TrainOptions>) =>
  train(rule, online(net), { optimiser: adam({ lr: 0.02 }), seed: 3, ...options })

/** A sequence, and another after it: the same backwards. */
const two = ({ sequence }: Realised): readonly (readonly Example[])[] => [sequence, sequence.toReversed()]

/** What is seen of sequences that one trainer learns from, each from the θ and the optimiser that the one before it left. */
const learned = (
  pass: ReturnType<typeof trainer>,
  { θ }: Realised,
  sequences: readonly (readonly Example[])[],
  see: (step: Step) => Numbers,
): Numbers => {
  let at: TrainState<Theta> = { θ: θ as Theta }
  return sequences.flatMap(sequence =>
    [...pass(at, sequence)].flatMap(step => {
      at = { θ: step.θ, optimiser: step.optimiser }
      return see(step as unknown as Step)
    }),
  )
}

const onCases = (
  claim: string,
  sides: (made: Realised, of: Case) => readonly [Numbers, Numbers],
  options: { readonly runs?: number; readonly within?: number; readonly verdict?: 'refuted' } = {},
): Proposition =>
  equation<Case>({
    claim,
    forAll: cases,
    sides: of => sides(realise(of.net), of),
    describe: ({ net, every, washout }) => `every=${every} washout=${washout} ${describe(net)}`,
    within: 0,
    verdict: 'holds',
    runs: 5,
    ...options,
  })

const byEngine = (of: (engine: EngineLike) => Numbers): Numbers => engines.flatMap(of)

const untouched: readonly Proposition[] = Object.entries(rules).map(([name, rule]) =>
  onCases(
    `what ${name} learns with shadows beside it is what it learns alone, bit for bit, by every engine`,
    (made, of) => {
      const { every, washout } = of
      const by = (shadows: TrainOptions['shadows']) => (engine: EngineLike) =>
        learned(trainer(rule, made, { every, washout, engine, shadows: shadows ?? {} }), made, two(made), seen)
      return [byEngine(by(beside as NonNullable<TrainOptions['shadows']>)), byEngine(by({}))]
    },
  ),
)

/** A shadow's gradient at each step that has one. */
const ofShadow =
  (name: string) =>
  ({ shadows }: Step): Numbers =>
    shadows[name]?.gradient ? entries(shadows[name].gradient) : []

const own = ({ gradient }: Step): Numbers => (gradient ? entries(gradient) : [])

const exact: readonly Proposition[] = [
  ...['RTRL', 'RFLO', 'truncation in chunks', 'the sliding window', 'FP-BPTT'].map(name =>
    onCases(`the shadow of ${name} beside itself has its gradient, by every engine`, (made, { every, washout }) => {
      const rule = rules[name] as Past
      const by = (see: (step: Step) => Numbers) => (engine: EngineLike) =>
        learned(trainer(rule, made, { every, washout, engine, shadows: { own: rule } }), made, two(made), see)
      return [byEngine(by(ofShadow('own'))), byEngine(by(own))]
    }),
  ),
  onCases(
    'where θ stays, the shadow of RTRL beside UORO has the mean gradient of the sequence by BPTT',
    made => {
      const T = made.sequence.length
      const pass = trainer(uoro() as Past, made, { optimiser: sgd({ lr: 0 }), every: T, shadows: { exact: rtrl } })
      const weight = made.sequence.reduce((sum, { weight }) => sum + (entries(weight)[0] as number), 0)
      const whole = entries(gradient(bptt, made.net)(made.θ, made.sequence))
      return [learned(pass, made, [made.sequence], ofShadow('exact')), whole.map(x => x / weight)]
    },
    { within: 1e-10, runs: 20 },
  ),
  onCases('a shadow that begins with a later sequence has there what one from the beginning has', (made, { every }) => {
    const from = made.sequence.length
    const of = (name: string) => (engine: EngineLike) => {
      const shadows = { whole: rtrl, late: { rule: rtrl, from } }
      const pass = trainer(rflo() as Past, made, { every, engine, shadows })
      let steps = 0
      return learned(pass, made, two(made), step => (steps++ < from ? [] : ofShadow(name)(step)))
    }
    return [byEngine(of('late')), byEngine(of('whole'))]
  }),
  onCases('a shadow that may begin later has nothing before, and begins with a washout', (made, { washout }) => {
    const shadows = { late: { rule: rtrl, from: 2 } }
    const pass = trainer(rflo() as Past, made, { washout, shadows })
    const started = learned(pass, made, [made.sequence], ({ shadows }) => [shadows.late ? 1 : 0])
    const first = washout * Math.ceil(2 / washout)
    return [started, started.map((_, t) => (t >= first ? 1 : 0))]
  }),
]

/** A sequence cut into pieces of so many steps. */
const pieces = (sequence: readonly Example[], length: number): readonly (readonly Example[])[] =>
  Array.from({ length: Math.ceil(sequence.length / length) }, (_, i) => sequence.slice(i * length, (i + 1) * length))

const washouts: readonly Proposition[] = [
  ...Object.entries(rules).map(([name, rule]) =>
    onCases(
      `a run of ${name} with a washout of W steps is runs of W steps, each from the θ before it, by every engine`,
      (made, { every, washout }) => {
        const whole = (engine: EngineLike) =>
          learned(trainer(rule, made, { every, washout, engine }), made, [made.sequence], seen)
        const cut = (engine: EngineLike) =>
          learned(trainer(rule, made, { every, engine }), made, pieces(made.sequence, washout), seen)
        return [byEngine(whole), byEngine(cut)]
      },
    ),
  ),
  onCases('a run with a washout goes on from any step as if it had not stopped', (made, { every, washout }) => {
    const pass = () => trainer(uoro() as Past, made, { every, washout, engine: 'eager' })
    const steps = [...pass()(made.θ, made.sequence)] as unknown as readonly Step[]
    const half = Math.ceil(steps.length / 2)
    const left = steps[half - 1] as Step
    const rest = [...pass()(left as never, made.sequence.slice(half))] as unknown as readonly Step[]
    return [
      rest.flatMap(step => [step.step, ...seen(step)]),
      steps.slice(half).flatMap((step, i) => [half + i + 1, ...seen(step)]),
    ]
  }),
]

export const shadowClaims: readonly Proposition[] = [...untouched, ...exact, ...washouts]
