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
import { artbp } from '../../rules/artbp.ts'
import { diagonal } from '../../rules/diagonal.ts'
import { dni } from '../../rules/dni.ts'
import { dniB, withLearnedJacobian } from '../../rules/dni-b.ts'
import { esdrtrl } from '../../rules/esdrtrl.ts'
import { kernl } from '../../rules/kernl.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { sketch } from '../../rules/sketch.ts'
import { uoro } from '../../rules/uoro.ts'

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
  'ES-D-RTRL with a decay of 1': [() => esdrtrl({ decay: 1 }), DomainError, /decay = 1/],
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
