import test from 'ava'
import { DomainError, type JanusError, KindError, NameError } from '../../ad/errors.ts'
import { gru } from '../../nets/cells/gru.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { lru } from '../../nets/cells/lru.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { folded } from '../../nets/run/fold.ts'
import { scan, total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { sequence } from '../../nets/sequence.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { adaptiveTbptt } from '../../rules/adaptive-tbptt.ts'
import { artbp } from '../../rules/artbp.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { decay } from '../../rules/decay.ts'
import { diagonal } from '../../rules/diagonal.ts'
import { dni, dniFuture } from '../../rules/dni.ts'
import { dniB, withLearnedJacobian } from '../../rules/dni-b.ts'
import { eprop } from '../../rules/eprop.ts'
import { esdrtrl } from '../../rules/esdrtrl.ts'
import { factorised } from '../../rules/factorised.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { kernl } from '../../rules/kernl.ts'
import { kernlLearned } from '../../rules/kernl-learned.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { nodePerturbation } from '../../rules/node-perturbation.ts'
import { ok } from '../../rules/ok.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { sketch } from '../../rules/sketch.ts'
import { snap } from '../../rules/snap.ts'
import { sparse } from '../../rules/sparse.ts'
import { chunked, sliding, spaced, tbptt } from '../../rules/tbptt.ts'
import { td } from '../../rules/td.ts'
import { threeFactor } from '../../rules/three-factor.ts'
import { uoro } from '../../rules/uoro.ts'
import { weightPerturbation } from '../../rules/weight-perturbation.ts'

const sizes = { d: 2, n: 1, m: 1 }
const data = sequence([0.5, -0.3], [0.1, 0.1])
const runOn = () =>
  unroll(network(leaky(), sizes, halfSquaredError()))(network(leaky(), sizes, halfSquaredError()).init(1), data)
const by = (cell: typeof leaky | typeof gru | typeof lru) => {
  const net = network(cell() as ReturnType<typeof leaky>, sizes, halfSquaredError())
  return () => gradient(diagonal, net)(net.init(1), data)
}

type Kind = new (...args: never[]) => JanusError
const mistakes: Readonly<Record<string, readonly [run: () => unknown, kind: Kind, message: RegExp]>> = {
  'ARTBP over timesteps without noise': [() => [...folded(artbp())(runOn())], KindError, /without noise/],
  'KF-RTRL over timesteps without noise': [() => [...folded(kfrtrl())(runOn())], KindError, /without noise/],
  'KeRNL of a decay above 1': [
    () => [...folded(kernl({ gamma: 2 }).on(runOn().net, 1))(runOn())],
    DomainError,
    /gamma in \[0, 1\]/,
  ],
  'the diagonal of the leaky network': [by(leaky), KindError, /depend on each other/],
  'the diagonal of a GRU': [by(gru), KindError, /depend on each other/],
  'a learned Jacobian without options': [() => withLearnedJacobian(undefined as never), KindError, /options/],
  'a learned Jacobian of a negative step size': [() => withLearnedJacobian({ lr: -1 }), DomainError, /lr/],
  'the total of a maker': [() => total(uoro as never), KindError, /called first/],
  'the total of a word': [() => total('bptt' as never), KindError, /a rule, such as/],
  'a scan with an option of another name': [() => scan(bptt, { sed: 1 } as never), NameError, /seed/],
  'a scan of nothing': [() => scan(undefined as never), KindError, /a rule, such as/],
  'UORO with a draw to half a step': [() => uoro({ k: 0.5 }), DomainError, /k = 0.5/],
  'UORO with windows in Marschall’s order': [() => uoro({ order: 'marschall', k: 2 }), DomainError, /published/],
  'UORO in an order that there is not': [() => uoro({ order: 'reversed' as never }), DomainError, /reversed/],
  'UORO with an option of another name': [() => uoro({ ordr: 'marschall' } as never), NameError, /order/],
  'DNI with no update to a renewal': [() => dni({ refresh: 0 }), DomainError, /refresh = 0/],
  'DNI(b) with a model of Ĵ that has no options': [() => dniB({ model: null as never }), KindError, /options/],
  'DNI(b) with half an update to a renewal': [() => dniB({ refresh: 0.5 }), DomainError, /refresh = 0.5/],
  'a sketch that first cuts to nothing': [() => sketch({ project: 0 }), DomainError, /project = 0/],
  'a sketch with an option of another name': [() => sketch({ r: 2 } as never), NameError, /rank/],
  'factors along another path': [() => factorised({ path: 'own' }), DomainError, /path 'own' and filter 'none'/],
  'factors that are filtered': [() => factorised({ filter: 'leak' }), DomainError, /path 'leak' and filter 'leak'/],
  'ES-D-RTRL with a decay of 1': [() => esdrtrl({ decay: 1 }), DomainError, /decay = 1/],
  'adaptive TBPTT that bears no bias': [
    () => adaptiveTbptt({ tolerance: 0 }),
    DomainError,
    /adaptive-tbptt: tolerance = 0/,
  ],
  'adaptive TBPTT of windows of one step at most': [
    () => adaptiveTbptt({ most: 1 }),
    DomainError,
    /adaptive-tbptt: most = 1; wanted a whole number of at least 2/,
  ],
  'adaptive TBPTT of windows of no step': [() => adaptiveTbptt({ least: 0 }), DomainError, /adaptive-tbptt: least = 0/],
  'adaptive TBPTT that never measures': [() => adaptiveTbptt({ every: 0 }), DomainError, /adaptive-tbptt: every = 0/],
  'adaptive TBPTT that forgets what it measures': [
    () => adaptiveTbptt({ rate: 0 }),
    DomainError,
    /adaptive-tbptt: rate = 0/,
  ],
  'adaptive TBPTT whose shortest window is longer than its longest': [
    () => adaptiveTbptt({ least: 4, most: 3 }),
    DomainError,
    /adaptive-tbptt: least = 4, most = 3/,
  ],
  'ARTBP that always cuts': [() => artbp({ cut: 1 }), DomainError, /artbp: cut = 1/],
  'BP(λ) without options': [() => bplambda(null as never), KindError, /bplambda: options null; wanted/],
  'BP(λ) of a λ above 1': [() => bplambda({ lambda: 2, lr: 0.1 }), DomainError, /bplambda: lambda = 2/],
  'BP(λ) of a γ above 1': [() => bplambda({ lambda: 0.5, gamma: 2, lr: 0.1 }), DomainError, /bplambda: gamma = 2/],
  'BP(λ) of a negative γ of its credit': [
    () => bplambda({ lambda: 0.5, lr: 0.1, creditGamma: -1 }),
    DomainError,
    /bplambda: creditGamma = -1/,
  ],
  'BP(λ) of a negative step size': [() => bplambda({ lambda: 0.5, lr: -1 }), DomainError, /bplambda: lr = -1/],
  'a decay above 1': [() => decay({ lambda: 2 }), DomainError, /decay: lambda = 2/],
  'DNI of a negative step size': [() => dni({ lr: -1 }), DomainError, /dni: lr = -1/],
  'future-facing DNI of a negative step size': [() => dniFuture({ lr: -1 }), DomainError, /dni-future: lr = -1/],
  'future-facing DNI of windows of no step': [() => dniFuture({ every: 0 }), DomainError, /dni-future: every = 0/],
  'e-prop of a negative weight of rates': [() => eprop({ rateWeight: -1 }), DomainError, /eprop: rateWeight = -1/],
  'e-prop of a negative rate': [() => eprop({ targetRate: -1 }), DomainError, /eprop: targetRate = -1/],
  'FP-BPTT of windows of no step': [() => fpbptt({ k: 0 }), DomainError, /fpbptt: k = 0/],
  'hybrid windows of no step': [() => hybrid({ every: 0 }), DomainError, /hybrid: every = 0/],
  'hybrid long windows of no step': [() => hybrid({ long: 0 }), DomainError, /hybrid: long = 0/],
  'hybrid windows of which each half is long': [() => hybrid({ nth: 0.5 }), DomainError, /hybrid: nth = 0.5/],
  'hybrid windows of a negative step size': [() => hybrid({ lr: -1 }), DomainError, /hybrid: lr = -1/],
  'a learned kernel of a negative step size': [() => kernlLearned({ lr: -1 }), DomainError, /kernl-learned: lr = -1/],
  'a learned kernel of no noise': [() => kernlLearned({ sigma: 0 }), DomainError, /kernl-learned: sigma = 0/],
  'node perturbation by no noise': [() => nodePerturbation({ sigma: 0 }), DomainError, /nodePerturbation: sigma = 0/],
  'node perturbation whose trace grows': [
    () => nodePerturbation({ decay: 2 }),
    DomainError,
    /nodePerturbation: decay = 2/,
  ],
  'OK of no Kronecker product': [() => ok({ rank: 0 }), DomainError, /ok: rank = 0/],
  'a sketch of a negative rank': [
    () => sketch({ rank: -1 }),
    DomainError,
    /sketch: rank = -1; wanted a whole number of at least 0/,
  ],
  'SnAp of no step': [() => snap({ n: 0 }), DomainError, /snap: n = 0/],
  'sparse transport of no entry': [() => sparse({ k: 0 }), DomainError, /sparse: k = 0/],
  'TD of a γ above 1': [() => td({ gamma: 2 }), DomainError, /td: gamma = 2/],
  'TD of an input that is not there': [() => td({ reward: 1 }).on(runOn().net, 1), DomainError, /reward/],
  'TD of half an input': [() => td({ reward: 0.5 }).on(runOn().net, 1), DomainError, /reward = 0.5/],
  'TD of an input before the first': [() => td({ reward: -1 }).on(runOn().net, 1), DomainError, /reward = -1/],
  'TD of an output that is not there': [() => td({ value: 1 }).on(runOn().net, 1), DomainError, /value/],
  'TD of a λ above 1': [() => td({ lambda: 2 }), DomainError, /td: lambda = 2/],
  'TD by what is no rule': [() => td({ by: 5 as never }), KindError, /td: 5; wanted a rule/],
  'TD by a rule that faces the future': [() => td({ by: bptt as never }), KindError, /td: .*faces the future/],
  'three factors of no noise': [() => threeFactor({ sigma: 0 }), DomainError, /sigma = 0/],
  'three factors of no memory': [() => threeFactor({ beta: 0 }), DomainError, /beta = 0/],
  'three factors of a baseline above 1': [() => threeFactor({ baseline: 2 }), DomainError, /baseline = 2/],
  'UORO of no step to a draw': [() => uoro({ k: 0 }), DomainError, /uoro: k = 0/],
  'weight perturbation by nothing': [
    () => weightPerturbation({ sigma: 0 }),
    DomainError,
    /weightPerturbation: sigma = 0/,
  ],
  'weight perturbation that always draws anew': [
    () => weightPerturbation({ every: 0 }),
    DomainError,
    /weightPerturbation: every = 0/,
  ],
  'chunks of no known length': [() => chunked({} as never), DomainError, /chunked: k = undefined/],
  'windows of half a step': [() => sliding({ k: 0.5 }), DomainError, /sliding: k = 0.5/],
  'spaced windows without their reach': [() => spaced({ k1: 2 } as never), DomainError, /spaced: k2 = undefined/],
  'ES-D-RTRL with an option of another name': [() => esdrtrl({ correct: false } as never), NameError, /corrected/],
}

for (const [title, [run, kind, message]] of Object.entries(mistakes))
  test(`${title}: refused, with what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind, message })
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

test('the diagonal of a linear recurrent unit is not refused', t => {
  t.notThrows(by(lru as never))
})

test('UORO with several steps to a draw is run eagerly, and emits at the end of each window', t => {
  const run = unroll(network(leaky(), sizes, halfSquaredError()))(
    network(leaky(), sizes, halfSquaredError()).init(1),
    sequence([1, 2, 3, 4, 5], [0, 1, 0, 1, 0]),
  )
  const emits = [...scan(uoro({ k: 2 }))(run)].map(([out]) =>
    (out as unknown as { data: Float64Array }).data.some(x => x !== 0),
  )
  t.deepEqual(emits, [false, false, true, false, true, true])
})

test('DNI(b) without options learns Ĵ at a rate of 0.01', t => {
  const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
  const long = sequence([0.5, -0.3, 0.8, -0.9, 0.4], [0.1, 0.7, -0.2, 0.9, 0.3])
  const by = (model?: { lr: number }) => {
    const synthesiser = { lr: 0.5 }
    const rule = dniB({ ...synthesiser, ...(model && { model }) })
    return [...(gradient(rule, net)(net.init(1), long).cell.W_rec as unknown as { data: Float64Array }).data]
  }
  t.deepEqual(by(), by({ lr: 0.01 }))
  t.notDeepEqual(by(), by({ lr: 0.02 }))
})

test('where the length of a window is left open, the count of a rule begins at what suits it', t => {
  const begun = (facts: RuleFacts, window: number) => facts.count?.begins(window)
  t.deepEqual(
    [2, 5, 9].map(window => begun(tbptt.facts, window)),
    [2, 5, 5],
  )
  t.deepEqual(
    [1, 2, 9].map(window => begun(adaptiveTbptt.facts, window)),
    [2, 2, 9],
  )
  t.is(begun(fpbptt.facts, 7), 7)
  t.is(begun(dniFuture.facts, 7), 7)
  for (const [{ facts }, least] of [
    [ok, 2],
    [sketch, 2],
    [snap, 1],
    [sparse, 4],
  ] as const)
    t.is(begun(facts, 9), least)
})
