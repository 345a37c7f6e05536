/** Examples that `.help` runs, a line or two a name; longer ones are in the README and in docs/rules. */
import { existsSync, readFileSync } from 'node:fs'

const net = 'network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())'
const run = `unroll(net)(params(net, rng(1)), [1, 2, 3].map(x => example(tensor([x]), tensor([0]))))`
const given = [`net = ${net}`, `run = ${run}`]

/** Expressions; all but the last name something that the last one uses. */
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
  cost: ['cost(([W, x]) => [matvec(W, x)], [[10, 20], [20]])'],
  params: [`net = ${net}`, 'params(net, rng(1))'],
  task: [net],
  leaky: ['leaky({ alpha: 0.5 })'],
  lstm: ['lstm({ forget: 1 })'],
  gru: ['gru()'],
  datum: ['example(tensor([1]), tensor([0]))'],
  unroll: [...given, 'run'],
  gradient: [...given, 'runGradient(bptt)(run)'],
  total: [...given, 'total(rtrl)(run)'],
  bptt: [...given, 'total(bptt)(run)'],
  rtrl: [...given, 'total(rtrl)(run)'],
  credit: [...given, 'total(credit)(run)'],
  influence: [...given, 'total(rtrl)(run)'],
  dense: [...given, 'dense(run[1].recurrent)'],
  stepper: [...given, 'stepper(run).at(2)'],
  family: ['family.uoro'],
  triangleOf: ['triangleOf(1, 2).rows.length'],
  stream: ["stream(1).draw({ law: 'sign', shape: [3] })"],
  spaceOf: ['spaceOf({ W: eye(2), b: zeros([2]) })'],
}

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => {
  const file = new URL(path, root)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const word = (name: string): RegExp => new RegExp(`(?<![\\p{ID_Continue}$])${name}(?![\\p{ID_Continue}$])`, 'u')

/** Statements that bring names in: all of them are in scope at the prompt. */
const imports = /^import \{[^}]*\} from '.*'\n/gm

/** The example of a rule's own page, or else the first of the README that uses the name. */
export const pageExample = (name: string): string | undefined => {
  const page = /^\w+$/.test(name) ? read(`docs/rules/${name.toLowerCase()}.md`) : ''
  const blocks = [...`${page}\n${read('README.md')}`.matchAll(/```js\n([\s\S]*?)```/g)]
  return blocks.map(([, code = '']) => code.replace(imports, '').trim()).find(code => word(name).test(code))
}
