/** Spiking units of a Python package beside ours: one network and sequence, and what the package's program finds of it. */
import { spawnSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'
import { type Tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import { type LifOptions, lif } from '../../../nets/cells/lif.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { bptt } from '../../../rules/bptt.ts'

type Rows = readonly (readonly number[])[]

/** Membranes and spikes [T, d], and the gradients of the weights. */
interface Found {
  readonly mem: Rows
  readonly spk: Rows
  readonly W_in: Rows
  readonly W_rec: Rows
}

const python = (...args: readonly string[]) =>
  spawnSync(process.env.PYTHON ?? 'python3', ['-c', ...args], { encoding: 'utf8' })

const isThere = (t: ExecutionContext, name: string): boolean => {
  if (python(`import ${name}`).status === 0) return true
  t.log(`not compared: python has no ${name}; name one that has with PYTHON`)
  t.pass()
  return false
}

const rows = ({ shape: [m = 0, n = 0], data }: Tensor): Rows =>
  Array.from({ length: m }, (_, i) => [...data.slice(i * n, (i + 1) * n)])
const [d, n, m, T] = [5, 3, 2, 40]

const drawn = (scale: number): { readonly θ: Theta; readonly data: readonly Example[] } => {
  const random = rng(7)
  const normal = (k: number, ...shape: readonly number[]): Tensor =>
    tensorOf(
      shape,
      (random.draw({ law: 'normal', shape }) as Tensor).data.map(x => k * x),
    )
  const cell = { W_rec: normal(scale / 3, d, d), W_in: normal(scale, d, n), b_rec: zeros([d]) }
  const θ: Theta = { cell, start: {}, readout: { W_out: normal(1, m, d), b_out: zeros([m]) } }
  return { θ, data: Array.from({ length: T }, () => example(normal(1, n), normal(1, m))) }
}

const apart = (left: readonly number[], right: readonly number[]): number =>
  Math.max(...left.map((x, i) => Math.abs(x - (right[i] ?? Number.NaN)) / Math.max(1, ...right.map(Math.abs))))
const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data]

/** A package, its program, what that is given beside weights and data, and how large the weights are. */
interface Theirs {
  readonly name: string
  readonly script: string
  readonly given: object
  readonly scale?: number
}

/** Holds `lif` to a program that prints what it found: spikes the same, membranes and gradients to 1e-12. Passes, with the reason, without the package. */
export const sameAs = (t: ExecutionContext, { name, script, given, scale = 1 }: Theirs, options: LifOptions): void => {
  if (!isThere(t, name)) return
  const { θ, data } = drawn(scale)
  const net = network(lif(options), { d, n, m }, halfSquaredError())
  const parameters = { ...θ.cell, ...θ.readout } as unknown as { readonly [name: string]: Tensor }
  const asked = {
    ...Object.fromEntries(['W_in', 'W_rec', 'W_out'].map(name => [name, rows(parameters[name] as Tensor)])),
    ...{ x: data.map(({ x }) => numbers(x)), y: data.map(({ target }) => numbers(target)) },
    ...given,
  }
  const { status, stdout, stderr } = python(script, JSON.stringify(asked))
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
  const membranes = apart(
    run.flatMap(now => numbers(now.after.v)),
    theirs.mem.flat(),
  )
  t.true(membranes < 1e-12, `${membranes}`)
  for (const name of ['W_in', 'W_rec'] as const) {
    const gap = apart(numbers(ours[name]), theirs[name].flat())
    t.log(name, gap, Math.max(...theirs[name].flat().map(Math.abs)))
    t.true(gap < 1e-12)
  }
}
