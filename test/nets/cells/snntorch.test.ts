import { spawnSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { type Tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import { type LifOptions, lif } from '../../../nets/cells/lif.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { bptt } from '../../../rules/bptt.ts'

/** Recurrent units of snntorch.Leaky in doubles: its reset is detached, in the step after, its drive whole. */
const script = `
import sys, json, torch, snntorch
torch.Tensor.float = torch.Tensor.double  # its surrogates cast spikes to single precision
from snntorch import surrogate
a = json.loads(sys.argv[1])
t = lambda name: torch.tensor(a[name], dtype=torch.float64)
W_in, W_rec = t('W_in').requires_grad_(), t('W_rec').requires_grad_()
W_out, x, y = t('W_out'), t('x'), t('y')
kind = {'fast-sigmoid': surrogate.fast_sigmoid(slope=25), 'arctan': surrogate.atan(alpha=2.0)}[a['surrogate']]
cell = snntorch.Leaky(beta=torch.tensor(a['beta'], dtype=torch.float64), threshold=torch.tensor(a['threshold'], dtype=torch.float64), spike_grad=kind, reset_mechanism=a['reset'])
mem = torch.zeros(W_rec.shape[0], dtype=torch.float64)
spk, loss, mems, spks = torch.zeros_like(mem), 0, [], []
for i in range(len(x)):
    spk, mem = cell(W_in @ x[i] + W_rec @ spk, mem)
    spk = spk.double()
    mems.append(mem.tolist()); spks.append(spk.tolist())
    loss = loss + 0.5 * ((W_out @ spk - y[i]) ** 2).sum()
loss.backward()
print(json.dumps({'mem': mems, 'spk': spks, 'W_in': W_in.grad.tolist(), 'W_rec': W_rec.grad.tolist()}))`

interface Found {
  readonly mem: readonly (readonly number[])[]
  readonly spk: readonly (readonly number[])[]
  readonly W_in: readonly (readonly number[])[]
  readonly W_rec: readonly (readonly number[])[]
}

const python = (...args: readonly string[]) =>
  spawnSync(process.env.PYTHON ?? 'python3', ['-c', ...args], { encoding: 'utf8' })
const isThere = (t: ExecutionContext): boolean => {
  if (python('import snntorch').status === 0) return true
  t.log('not compared: python has no snntorch; name one that has with PYTHON')
  t.pass()
  return false
}

const rows = ({ shape: [m = 0, n = 0], data }: Tensor): readonly (readonly number[])[] =>
  Array.from({ length: m }, (_, i) => [...data.slice(i * n, (i + 1) * n)])
const [d, n, m, T] = [5, 3, 2, 40]

const drawn = (): { readonly θ: Theta; readonly data: readonly Example[] } => {
  const random = rng(7)
  const normal = (...shape: readonly number[]): Tensor => random.draw({ law: 'normal', shape }) as Tensor
  const W_rec = tensorOf(
    [d, d],
    normal(d, d).data.map(x => x / 3),
  )
  const cell = { W_rec, W_in: normal(d, n), b_rec: zeros([d]) }
  const θ: Theta = { cell, start: {}, readout: { W_out: normal(m, d), b_out: zeros([m]) } }
  return { θ, data: Array.from({ length: T }, () => example(normal(n), normal(m))) }
}

const apart = (left: readonly number[], right: readonly number[]): number =>
  Math.max(...left.map((x, i) => Math.abs(x - (right[i] ?? Number.NaN)) / Math.max(1, ...right.map(Math.abs))))
const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data]

for (const surrogate of ['fast-sigmoid', 'arctan'] as const)
  for (const reset of ['subtract', 'zero'] as const)
    test(`membranes, spikes and gradients of lif are those of snntorch.Leaky to 1e-12: ${surrogate}, reset ${reset}`, t => {
      if (!isThere(t)) return
      const { θ, data } = drawn()
      const options: LifOptions = { decay: 0.9, scaled: false, detach: true, reset, surrogate }
      const net = network(lif(options), { d, n, m }, halfSquaredError())
      const parameters = { ...θ.cell, ...θ.readout } as unknown as { readonly [name: string]: Tensor }
      const given = {
        ...Object.fromEntries(['W_in', 'W_rec', 'W_out'].map(name => [name, rows(parameters[name] as Tensor)])),
        ...{ x: data.map(({ x }) => numbers(x)), y: data.map(({ target }) => numbers(target)) },
        ...{ beta: 0.9, threshold: 1, reset, surrogate },
      }
      const { status, stdout, stderr } = python(script, JSON.stringify(given))
      t.is(status, 0, stderr)
      const theirs = JSON.parse(stdout) as Found
      const run = unroll(net)(θ as never, data).slice(1)
      const ours = gradient(bptt, net)(θ as never, data).cell as unknown as { readonly [name: string]: Tensor }
      const spikes = theirs.spk.flat()
      t.true(spikes.includes(1) && spikes.includes(0))
      t.deepEqual(
        run.flatMap(now => numbers(now.activity)),
        spikes,
      )
      t.true(
        apart(
          run.flatMap(now => numbers(now.after.v)),
          theirs.mem.flat(),
        ) < 1e-12,
      )
      for (const name of ['W_in', 'W_rec'] as const) {
        const gap = apart(numbers(ours[name]), theirs[name].flat())
        t.log(name, gap, Math.max(...theirs[name].flat().map(Math.abs)))
        t.true(gap < 1e-12)
      }
    })
