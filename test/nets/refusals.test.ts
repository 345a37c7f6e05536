/** What the functions of nets/ refuse, word for word: who says it, what was given, what was wanted, what to do. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { JanusError } from '../../ad/errors.ts'
import { ones, tensor } from '../../ad/tensor.ts'
import * as nets from '../../nets/index.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { root } from '../root.ts'

const { example, halfSquaredError, initial, leaky, network, rng, schedule, sgd, train } = nets
const sizes = { d: 2, n: 1, m: 1 }
const net = network(leaky(), sizes, halfSquaredError())
const θ = net.init(0)
const data = [example([1], [1]), example([0], [1])]
const run = nets.unroll(net)(θ, data)
const both = nets.bidirectional(leaky(), leaky(), sizes, halfSquaredError())
const optimiser = sgd({ lr: 0.1 })
const step = ({ W }: { readonly W: unknown }, { h }: { readonly h: unknown }) => ({ h: [W, h] })

/** The public functions as they are called from JavaScript. */
type Any = (...given: readonly unknown[]) => never
const js = nets as unknown as Readonly<Record<string, Any>>
const call =
  (name: string, ...given: readonly unknown[]) =>
  (): unknown =>
    (js[name] as Any)(...given)
const learn =
  (options: object, rule: unknown = rtrl, on: unknown = net, from: unknown = data) =>
  () => [
    ...(train as unknown as (...given: readonly unknown[]) => (...given: readonly unknown[]) => Iterable<unknown>)(
      rule,
      on,
      options,
    )(θ, from),
  ]
const whole = network(leaky(), sizes, nets.rmse())

/** Every call by what is wrong with it. */
const wrong: Readonly<Record<string, () => unknown>> = {
  'sequence of a number': call('sequence', 5, [1]),
  'sequence with targets that are a text': call('sequence', [1], 'ab'),
  'sequences of two lengths': call('sequence', [1, 2], [1]),
  'delayed by less than nothing': call('delayed', [ones([1])], [ones([1])], -1),
  'delayed by half a step': call('delayed', [ones([1])], [ones([1])], 0.5),
  'ahead of a number': call('ahead', 5),
  'ahead with an option of another name': call('ahead', [1, 2], { horizn: 1 }),
  'ahead by no step': call('ahead', [1, 2], { horizon: 0 }),
  'ahead by more than there is': call('ahead', [1, 2], { horizon: 2 }),
  'standardised from before the beginning': call('standardised', [1, 2], { from: -1 }),
  'standardised to a half': call('standardised', [1, 2], { to: 1.5 }),
  'standardised by another name': call('standardised', [1, 2], { til: 2 }),
  'standardised where nothing varies': call('standardised', [3, 3]),
  'padded of a number': call('padded', 5),
  'padded with nothing in one': call('padded', [[]]),
  'no rule': learn({ optimiser }, 5),
  'a cell for a rule': learn({ optimiser }, leaky()),
  'a rule that faces the future': learn({ optimiser }, bptt),
  'an option of train by another name': learn({ optimiser, evry: 2 }),
  'updates every half step': learn({ optimiser, every: 0.5 }),
  'updates never': learn({ optimiser, every: 0 }),
  'a washout of no step': learn({ optimiser, washout: 0 }),
  'no optimiser': learn({}),
  'an optimiser that is not called': learn({ optimiser: sgd }),
  'a cell for a network': learn({ optimiser }, rtrl, leaky()),
  'a bidirectional network online': learn({ optimiser }, rtrl, both),
  'a loss of the whole run online': learn({ optimiser }, rtrl, whole),
  'a shadow that is no rule': learn({ optimiser, shadows: { other: 5 } }),
  'a shadow that faces the future': learn({ optimiser, shadows: { other: bptt } }),
  'a shadow from before the beginning': learn({ optimiser, shadows: { other: { rule: rtrl, from: -1 } } }),
  'a shadow with another option': learn({ optimiser, shadows: { other: { rule: rtrl, form: 1 } } }),
  'half a worker': learn({ optimiser, workers: 0.5 }),
  'no data': learn({ optimiser }, rtrl, net, 5),
  'an engine that is not there': learn({ optimiser, engine: 'fast' }),
  'clipping below 0': call('clipByNorm', -1),
  'clipping by a text': call('clipByValue', '1'),
  'clipping of a tree': () =>
    nets.clipByNorm(1).step(null as never, { a: tensor([Number.NaN]) } as never, null as never),
  'sgd without a step size': call('sgd', {}),
  'sgd by the name of another library': call('sgd', { learning_rate: 1 }),
  'sgd with decay': call('sgd', { lr: 1, decay: 1 }),
  'sgd with a step size below 0': call('sgd', { lr: -1 }),
  'sgd with a momentum of 1': call('sgd', { lr: 1, momentum: 1 }),
  'adam with another beta': call('adam', { lr: 1, betas: [0.9] }),
  'adam with beta1 of 1': call('adam', { lr: 1, beta1: 1 }),
  'adam with beta2 of 1': call('adam', { lr: 1, beta2: 1 }),
  'adam with an epsilon of 0': call('adam', { lr: 1, epsilon: 0 }),
  'adamw with a decay below 0': call('adamw', { lr: 1, decay: -1 }),
  'adamw by another name': call('adamw', { lr: 1, weight_decay: 1 }),
  'weight decay below 0': call('weightDecay', { decay: -1 }),
  'weight decay by another name': call('weightDecay', { weightDecay: 1 }),
  'rmsprop with a decay of 1': call('rmsprop', { lr: 1, decay: 1 }),
  'rmsprop with alpha': call('rmsprop', { lr: 1, alpha: 0.9 }),
  'rmsprop with an epsilon of 0': call('rmsprop', { lr: 1, epsilon: 0 }),
  'rmsprop with a momentum of 1': call('rmsprop', { lr: 1, momentum: 1 }),
  'obgd with kappa of 0': call('obgd', { lr: 1, kappa: 0 }),
  'obgd by another name': call('obgd', { lr: 1, kapa: 2 }),
  'rls with alpha of 0': call('rls', { alpha: 0, rest: optimiser }),
  'rls that forgets all': call('rls', { forget: 0, rest: optimiser }),
  'rls by another name': call('rls', { alfa: 1, rest: optimiser }),
  'a chain of what is no optimiser': call('chain', optimiser, 5),
  'a chain of what is not called': call('chain', sgd),
  'similarity of a number': call('similarity', 5, θ),
  'a schedule below 0': () => schedule.constant(-1),
  'a cosine from below 0': () => schedule.cosine(-1, 0, 5),
  'a cosine to below 0': () => schedule.cosine(1, -1, 5),
  'a cosine over no updates': () => schedule.cosine(1, 0, 0),
  'steps of less than nothing': () => schedule.step(-1, { every: 1, factor: 0.5 }),
  'steps by a factor below 0': () => schedule.step(1, { every: 1, factor: -0.5 }),
  'steps every half update': () => schedule.step(1, { every: 0.5, factor: 0.5 }),
  'steps by another name': () => schedule.step(1, { each: 1, factor: 0.5 } as never),
  'a warm-up of no update': () => schedule.warmUp(0, 1),
  'an inverse square root below 0': () => schedule.inverseSquareRoot(-1),
  'an inverse square root after half an update': () => schedule.inverseSquareRoot(1, 0.5),
  'predict of a rule': call('predict', rtrl),
  'predict of a bidirectional network': call('predict', both),
  'predict with another option': call('predict', net, { engin: 'eager' }),
  'evaluate of a rule': call('evaluate', rtrl),
  'evaluate from before the beginning': () => nets.evaluate(net)(θ, data, { from: -1 }),
  'evaluate from another name': () => nets.evaluate(net)(θ, data, { form: 1 } as never),
  'gradient of no rule': call('gradient', 5, net),
  'gradient of no network': call('gradient', bptt, leaky()),
  'gradient with another option': call('gradient', bptt, net, { engin: 'eager' }),
  'gradient by half a worker': () => nets.gradient(bptt, net, { workers: 0.5 })(θ, [data, data]),
  'gradient by workers, eagerly': () => nets.gradient(bptt, net, { workers: 2, engine: 'eager' })(θ, [data, data]),
  'gradient into another name': () => nets.gradient(bptt, net)(θ, data, { onto: θ } as never),
  'gradient of both by workers': () => nets.gradient(bptt, both as never, { workers: 2 } as never),
  'a stream before the first': () => rng(1, -1),
  'a seed that is half': () => rng(0.5),
  'a draw of another law': () => rng(1).draw({ law: 'gauss', shape: [2] } as never),
  'lif with a decay of 1': call('lif', { decay: 1 }),
  'lif with a threshold of 0': call('lif', { threshold: 0 }),
  'lif refractory for half a step': call('lif', { refractory: 0.5 }),
  'lif by another name': call('lif', { treshold: 1 }),
  'lif with another surrogate': call('lif', { surrogate: 'square' }),
  'lif with a surrogate of no height': call('lif', { height: 0 }),
  'lif with a surrogate of no width': call('lif', { width: 0, surrogate: 'arctan' }),
  'alif with a beta below 0': call('alif', { beta: -1 }),
  'alif by another name': call('alif', { bta: 1 }),
  'a stack of a number': call('stacked', 5),
  'a stack of what is no cell': call('stacked', [leaky(), 5]),
  'a residual of what is no cell': call('residual', 5),
  'connectivity of what is no cell': call('withConnectivity', 5, {}),
  'connectivity that is a number': call('withConnectivity', leaky(), 5),
  'beginnings of what is no cell': call('withInitialisers', 5, {}),
  'beginnings that are a number': call('withInitialisers', leaky(), 5),
  'a spectral radius of 0': () => initial.spectralRadius(0),
  'an orthogonal gain of 0': () => initial.orthogonal(0),
  'a deviation below 0': () => initial.normal(-1),
  'a uniform beginning from nowhere': () => initial.uniform(Number.NaN, 1),
  'a uniform beginning downwards': () => initial.uniform(1, 0),
  'an identity without end': () => initial.identity(Number.POSITIVE_INFINITY),
  'lstm by another name': call('lstm', { forget: 1 }),
  'lstm with a text for a bias': call('lstm', { forgetBias: 'x' }),
  'min-gru with an option': call('minGru', { f: 1 }),
  'gru with an option': call('gru', { f: 1 }),
  'gru-pytorch with an option': call('gruPytorch', { f: 1 }),
  'mgu with an option': call('mgu', { f: 1 }),
  'elstm with an option': call('elstm', { f: 1 }),
  'rtu with another option': call('rtu', { radios: [0, 1] }),
  'rtu with a ring outside the circle': call('rtu', { radius: [0.5, 1] }),
  'lru with an option': call('lru', { f: 1 }),
  'lru-orvieto with another option': call('lruOrvieto', { r_min: 1 }),
  'lru-orvieto of no states': call('lruOrvieto', { states: 0 }),
  'embedded of what is no cell': call('embedded', 5, 3),
  'embedded of no size': call('embedded', leaky(), 0),
  'closed of what is no cell': call('closed', 5),
  'closed by another name': call('closed', leaky(), { mixin: 1 }),
  'leaky by another name': call('leaky', { alfa: 1 }),
  'leaky of more than all': call('leaky', { alpha: 2 }),
  'leaky with tau below 1': call('leaky', { tau: 0.5 }),
  'a cell without a layout': call('cell', 5, step),
  'a cell without a step': call('cell', { params: { W: ['d'] }, state: { h: ['d'] } }, 5),
  'a cell with another layout': call('cell', { params: { W: ['d'] }, state: { h: ['d'] }, stat: {} }, step),
  'a cell with another option': call('cell', { params: { W: ['d'] }, state: { h: ['d'] } }, step, { outpt: step }),
  'a cell that begins what it has not': call('cell', { params: { W: ['d'] }, state: { h: ['d'] } }, step, {
    initial: { V: initial.normal(1) },
  }),
  'a cell with sizes that are no list': call('cell', { params: { W: 5 }, state: { h: ['d'] } }, step),
  'a network without a cell': call('network', 5, sizes, halfSquaredError()),
  'a network with a loss not called': call('network', leaky(), sizes, halfSquaredError),
  'a network with another option': call('network', leaky(), sizes, halfSquaredError(), { begin: 'zero' }),
  'a network with another start': call('network', leaky(), sizes, halfSquaredError(), { start: 'one' }),
  'a network of no units': call('network', leaky(), { ...sizes, d: 0 }, halfSquaredError()),
  'a network of no sizes': call('network', leaky(), 5, halfSquaredError()),
  'a network with another change': () => net.with({ strat: 'learned' } as never),
  'parameters by a seed': call('params', net, 1),
  'parameters of half a seed': () => net.init(0.5),
  'unroll of a rule': call('unroll', rtrl),
  'unroll with another option': call('unroll', net, { nois: 1 }),
  'unroll of a number': () => nets.unroll(net)(θ, 5 as never),
  'unroll of θ of another size': () => nets.unroll(net)(net.with({ sizes: { ...sizes, d: 3 } }).init(0), data),
  'unroll of what is no example': () => nets.unroll(net)(θ, [5] as never),
  'unroll of an input of another size': () => nets.unroll(net)(θ, [example([1, 2], [1])]),
  'unroll of a target of another size': () => nets.unroll(net)(θ, [example([1], [1, 2])]),
  'unroll of an input that is not finite': () => nets.unroll(net)(θ, [example([Number.NaN], [1])]),
  'unroll of a target that is not finite': () => nets.unroll(net)(θ, [example([1], [Number.NaN])]),
  'unroll of a weight below 0': () => nets.unroll(net)(θ, [example([1], [1], -1)]),
  'unroll of a weight that is not finite': () => nets.unroll(net)(θ, [example([1], [1], Number.NaN)]),
  'unroll of a weight without end': () => nets.unroll(net)(θ, [...data, example([1], [1], Number.POSITIVE_INFINITY)]),
  'unrolled of θ without a cell': () => nets.unrolled(net, data)({} as never),
  'unrolled of a number': () => nets.unrolled(net, 5 as never)(θ),
  'inputs by no rule': call('inputGradient', 5, net),
  'inputs by a rule that faces the past': call('inputGradient', rtrl, net),
  'inputs with another option': call('inputGradient', bptt, net, { sed: 1 }),
  'inputs of a cell': call('inputGradient', bptt, leaky()),
  'a spectrum of no run': call('spectrum', 5),
  'lags of no run': call('byLag', 5),
  'lags to half a step': () => nets.byLag(run, 0.5),
  'a bidirectional network of one cell': call('bidirectional', leaky(), 5, sizes, halfSquaredError()),
  'a bidirectional network of the other cell': call('bidirectional', 5, leaky(), sizes, halfSquaredError()),
  'a bidirectional network with a loss not called': call('bidirectional', leaky(), leaky(), sizes, halfSquaredError),
  'a bidirectional network with another option': call('bidirectional', leaky(), leaky(), sizes, halfSquaredError(), {
    begin: 1,
  }),
  'both of a number': () => nets.unrollBoth(both)(both.init(0), 5 as never),
  'a bidirectional stack of one cell each': () =>
    nets.bidirectionalStack([[leaky(), 5]] as never, sizes, halfSquaredError()),
  'a bidirectional stack of nothing': () => nets.bidirectionalStack([], sizes, halfSquaredError()),
  'a bidirectional stack of a number': () => nets.bidirectionalStack(5 as never, sizes, halfSquaredError()),
  'windows with another option': () => nets.windowed({ evry: 1, reach: 1 } as never),
  'windows of half a step': () => nets.windowed({ every: 0.5, reach: 1 } as never),
  'windows that reach half a step': () => nets.windowed({ every: 1, reach: 0.5 } as never),
  'windows of what is no rule': () => nets.windowed({ every: 1, reach: 1, clipped: true })(5 as never),
  'windows of a rule that faces the past': () => nets.windowed({ every: 1, reach: 1, clipped: true })(rtrl as never),
  'chunks of no step': () => chunked({ k: 0 })(bptt),
  'signs from before the first': () => nets.signsOf([2], -1),
  'signs to before they begin': () => nets.signsOf([2], 3, 2),
  'signs of half a shape': () => nets.signsOf([0.5]),
  'estimates of no rule': () => nets.estimates(5 as never)(run, ones([1, 2, 2])),
  'estimates with too few draws': () => nets.estimates(uoro())(run, ones([1, 5, 2])),
  'a checkpointed number': () => nets.checkpointed(bptt)(net)(θ, 5 as never),
  'checkpointed with an input of another size': () => nets.checkpointed(bptt)(net)(θ, [...data, example([1, 2], [1])]),
  'checkpointed by a rule that faces the past': () => nets.checkpointed(rtrl as never)(net)(θ, data),
  'checkpointed by what is no rule': () => nets.checkpointed(5 as never)(net)(θ, data),
  'checkpointed with another option': () => nets.checkpointed(bptt, { kk: 1 } as never)(net)(θ, data),
  'checkpointed in segments of half a step': () => nets.checkpointed(bptt, { k: 0.5 })(net)(θ, data),
  'checkpointed in segments of nothing': () => nets.checkpointed(bptt, { k: 0 })(net)(θ, data),
  'checkpointed with a loss of the whole run': () => nets.checkpointed(bptt)(whole)(whole.init(0), data),
  'a rule with another part': call('rule', { name: 'mine', faces: 'past', init: () => null, step, stp: 1 }),
  'a rule without a step': call('rule', { name: 'mine', faces: 'past', init: () => null }),
  'scan of no rule': call('scan', 5),
  'scan with another option': call('scan', rtrl, { sed: 1 }),
  'scan of no run': () => nets.scan(rtrl)(5 as never),
}

const thrownBy = (make: () => unknown): unknown => {
  try {
    return make()
  } catch (error) {
    return error
  }
}

test('what is wrong is refused in these words', t => {
  const met = Object.entries(wrong).map(([what, make]) => [what, thrownBy(make)] as const)
  t.deepEqual(
    met.flatMap(([what, error]) => (error instanceof JanusError ? [] : [`${what}: ${error}`])),
    [],
  )
  const wanted = readFileSync(join(root, 'test/nets/refusals.txt'), 'utf8').trimEnd().split('\n')
  const said = met.map(([what, error]) => `${what} → ${(error as Error).message}`)
  const besides = (some: readonly string[], others: readonly string[]) => some.filter(line => !others.includes(line))
  t.deepEqual([besides(said, wanted), besides(wanted, said)], [[], []])
})
