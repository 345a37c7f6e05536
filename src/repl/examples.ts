/** Examples that `.help` runs, a line or two a name; longer ones are in the README and in docs/rules. */
import { existsSync, readFileSync } from 'node:fs'

const net = 'network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())'
const given = [`net = ${net}`, 'θ = net.init(1)', 'data = sequence([1, 2, 3], [0, 0, 0])']
const run = [...given, 'run = unroll(net)(θ, data)']
const training = [...given, 'steps = [...train(rtrl, net, { optimiser: sgd({ lr: 0.1 }) })(θ, data)]']

/** Expressions; all but the last define a name that the last one uses. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  add: ['add(tensor([1, 2]), 1)'],
  mul: ['mul(tensor([1, 2]), tensor([3, 4]))'],
  tanh: ['tanh(tensor([-1, 0, 1]))'],
  tensor: ['tensor([[1, 2], [3, 4]])'],
  eye: ['eye(2)'],
  zeros: ['zeros([2, 3])'],
  matvec: ['matvec(tensor([[1, 2], [3, 4]]), tensor([1, 1]))'],
  matmul: ['matmul(eye(2), tensor([[1, 2], [3, 4]]))'],
  sum: ['sum(tensor([[1, 2], [3, 4]]))'],
  softmax: ['softmax(tensor([1, 2, 3]))'],
  grad: ['grad(x => mul(x, x))(tensor(3))'],
  valueAndGrad: ['valueAndGrad(x => mul(x, x))(tensor(3))'],
  hessian: ['hessian(x => sum(mul(x, mul(x, x))))(tensor([1, 2]))'],
  jacfwd: ['jacfwd(x => mul(x, x))(tensor([1, 2]))'],
  jacrev: ['jacrev(x => mul(x, x))(tensor([1, 2]))'],
  jvp: ['jvp(x => mul(x, x), [tensor(3)], [tensor(1)])'],
  vmap: ['vmap(x => sum(x))(tensor([[1, 2], [3, 4]]))'],
  rng: ["rng(1).draw({ law: 'sign', shape: [3] })"],
  leaky: ['leaky({ alpha: 0.5 })'],
  lstm: ['lstm({ forgetBias: 1 })'],
  gru: ['gru()'],
  network: [net],
  bidirectionalStack: [
    'bidirectionalStack([[gru(), gru()], [gru(), gru()]], { d: 2, n: 1, m: 1 }, halfSquaredError())',
  ],
  bidirectional: ['bidirectional(leaky(), leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError())'],
  example: ['example([1, 2], 0)'],
  sequence: ['sequence([1, 2], [0, 0])'],
  ahead: ['ahead([1, 2, 3, 4], { horizon: 2 })'],
  standardised: ['standardised([1, 3, 9], { to: 2 })'],
  gradient: [...given, 'gradient(bptt, net)(θ, data)'],
  lossAndGradient: [...given, 'lossAndGradient(rtrl, net)(θ, data).loss'],
  train: [...training, 'steps.at(-1)'],
  sgd: [...training, 'steps.map(({ loss }) => loss)'],
  predict: [...given, 'predict(net)(θ, data)'],
  evaluate: [...given, 'evaluate(net)(θ, data)'],
  distance: [...given, 'distance(gradient(bptt, net)(θ, data), gradient(rtrl, net)(θ, data)) < 1e-15'],
  unroll: [...run, 'run'],
  scan: [...run, 'scan(rtrl)(run)'],
  total: [...run, 'total(rtrl)(run)'],
  bptt: [...run, 'total(bptt)(run)'],
  rtrl: [...run, 'total(rtrl)(run)'],
  influenceRule: [...run, "own = influenceRule(dense, { name: 'mine', faces: 'past' })", 'total(own)(run)'],
  rule: [
    ...run,
    'step = (_, now) => [pull(now.immediate, error(now)), null]',
    "myopic = rule({ name: 'myopic', faces: 'past', init: () => null, step })",
    'total(myopic)(run)',
  ],
  chunked: [...run, 'total(chunked({ k: 2 })(bptt))(run)'],
  dense: [...run, 'dense(run[1].jacobian)'],
  stepper: [...run, 'stepper(run).at(2)'],
  registry: ['registry.uoro'],
  triangleOf: ['triangleOf(1, 3)'],
  triangleBy: [...run, 'triangleBy(rflo())(run).map(row => row.length)'],
  doubleSum: [...run, 'doubleSum(run).map(row => row.length)'],
  alignmentByLag: [...run, 'alignmentByLag(triangleBy(rflo())(run), doubleSum(run))'],
  similarity: [...given, 'similarity(gradient(rflo(), net)(θ, data), gradient(rtrl, net)(θ, data))'],
}

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => {
  const file = new URL(path, root)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const word = (name: string): RegExp => new RegExp(`(?<![\\p{ID_Continue}$])${name}(?![\\p{ID_Continue}$])`, 'u')

/** The imports of names that are in scope at the prompt. */
const imports = /^import \{[^}]*\} from 'janusgrad'\n/gm

/** The page of a rule by its exported name: random-feedback of randomFeedback. */
const pageOf = (name: string): string =>
  `docs/rules/${name.replace(/(?<!^)\p{Lu}/gu, letter => `-${letter}`).toLowerCase()}.md`

/** The example of a rule's own page, or else the first of the README that uses the name. */
export const pageExample = (name: string): string | undefined => {
  const page = /^\w+$/.test(name) ? read(pageOf(name)) : ''
  const blocks = [...`${page}\n${read('README.md')}`.matchAll(/```[jt]s\n([\s\S]*?)```/g)]
  return blocks.map(([, code = '']) => code.replace(imports, '').trim()).find(code => word(name).test(code))
}
