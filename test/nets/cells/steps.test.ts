/** Steps of every cell beside the same equations in plain numbers, unit by unit, complex numbers as such. */
import test from 'ava'
import { nested, type Tensor, tensor } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { type CellName, cells } from '../../../nets/cells/index.ts'
import { rng } from '../../../nets/random.ts'

type Vector = readonly number[]
/** Parameters or a state by name: vectors, and matrices as lists of rows. */
type Numbers = { readonly [name: string]: never }
type Plain = (
  θ: { readonly [name: string]: readonly never[] },
  s: { readonly [name: string]: Vector },
  x: Vector,
) => { readonly [name: string]: Vector }
interface Written {
  readonly step: Plain
  readonly output?: (...given: Parameters<Plain>) => Vector
}

const σ = (u: number): number => 1 / (1 + Math.exp(-u))
const { tanh, exp, cos, sin, sqrt } = Math
/** Σ_j W_ij x_j for each i. */
const act = (W: readonly never[], x: Vector): Vector =>
  W.map(row => (row as Vector).reduce((sum, w, j) => sum + w * (x[j] as number), 0))
const each = (f: (...at: number[]) => number, ...vectors: readonly (Vector | readonly never[])[]): Vector =>
  (vectors[0] as Vector).map((_, i) => f(...vectors.map(v => (v as Vector)[i] as number)))
const sum = (...vectors: readonly (Vector | readonly never[])[]): Vector =>
  each((...at) => at.reduce((a, b) => a + b, 0), ...vectors)
/** W_h h + W_x x + b of a gate. */
const gate = (θ: Parameters<Plain>[0], of: string, h: Vector, x: Vector): Vector =>
  sum(act(θ[`W_h${of}`]!, h), act(θ[`W_x${of}`]!, x), θ[`b_${of}`]!)
const times = (a: Vector, b: Vector): Vector => each((p, q) => p * q, a, b)
const alpha = 0.25

/** λ s + γ B x in complex numbers, unit by unit; B x by its two parts. */
const turned = (size: Vector, angle: Vector, re: Vector, im: Vector, γ: Vector, Bx: readonly [Vector, Vector]) => ({
  re: each((r, ϑ, a, b, g, u) => r * cos(ϑ) * a - r * sin(ϑ) * b + g * u, size, angle, re, im, γ, Bx[0]),
  im: each((r, ϑ, a, b, g, v) => r * cos(ϑ) * b + r * sin(ϑ) * a + g * v, size, angle, re, im, γ, Bx[1]),
})
const modulus = (ν: readonly never[]): Vector => each(x => exp(-exp(x)), ν)
const balance = (size: Vector): Vector => each(r => sqrt(1 - r * r), size)

const traceUnit =
  (f: (u: number) => number): Plain =>
  (θ, { c1, c2 }, x) => {
    const size = modulus(θ.ν_log!)
    const Wx = [act(θ.W_1!, x), act(θ.W_2!, x)] as const
    const { re, im } = turned(size, each(exp, θ.ϑ_log!), c1!, c2!, balance(size), Wx)
    return { c1: re.map(f), c2: im.map(f) }
  }

const written: Readonly<Record<string, Written>> = {
  leaky: {
    step: (θ, { h }, x) => {
      const u = sum(act(θ.W_rec!, h!), act(θ.W_in!, x), θ.b_rec!)
      return { h: each((a, b) => (1 - alpha) * a + alpha * tanh(b), h!, u) }
    },
  },
  membrane: {
    step: (θ, { v }, x) => {
      const u = sum(act(θ.W_rec!, v!.map(tanh)), act(θ.W_in!, x), θ.b_rec!)
      return { v: each((a, b) => (1 - alpha) * a + alpha * b, v!, u) }
    },
    output: (_, { v }) => v!.map(tanh),
  },
  lstm: {
    step: (θ, { h, c }, x) => {
      const [f, i, o] = ['f', 'i', 'o'].map(of => gate(θ, of, h!, x).map(σ)) as unknown as readonly [
        Vector,
        Vector,
        Vector,
      ]
      const next = sum(times(f, c!), times(i, gate(θ, 'g', h!, x).map(tanh)))
      return { h: times(o, next.map(tanh)), c: next }
    },
  },
  peephole: {
    step: (θ, { h, c }, x) => {
      const seen = (of: string, at: Vector) => sum(gate(θ, of, h!, x), times(θ[`p_${of}`] as Vector, at)).map(σ)
      const next = sum(times(seen('f', c!), c!), times(seen('i', c!), gate(θ, 'g', h!, x).map(tanh)))
      return { h: times(seen('o', next), next.map(tanh)), c: next }
    },
  },
  gru: {
    step: (θ, { h }, x) => {
      const [r, z] = [gate(θ, 'r', h!, x).map(σ), gate(θ, 'z', h!, x).map(σ)]
      const n = gate(θ, 'n', times(r, h!), x).map(tanh)
      return { h: each((z, n, h) => (1 - z) * n + z * h, z, n, h!) }
    },
  },
  'gru-pytorch': {
    step: (θ, { h }, x) => {
      const [r, z] = [gate(θ, 'r', h!, x).map(σ), gate(θ, 'z', h!, x).map(σ)]
      const recalled = times(r, sum(act(θ.W_hn!, h!), θ.b_hn!))
      const n = sum(act(θ.W_xn!, x), θ.b_n!, recalled).map(tanh)
      return { h: each((z, n, h) => (1 - z) * n + z * h, z, n, h!) }
    },
  },
  mgu: {
    step: (θ, { h }, x) => {
      const f = gate(θ, 'f', h!, x).map(σ)
      const n = gate(θ, 'n', times(f, h!), x).map(tanh)
      return { h: each((f, h, n) => (1 - f) * h + f * n, f, h!, n) }
    },
  },
  'min-gru': {
    step: (θ, { h }, x) => {
      const [z, n] = [sum(act(θ.W_xz!, x), θ.b_z!).map(σ), sum(act(θ.W_xh!, x), θ.b_h!)]
      return { h: each((z, h, n) => (1 - z) * h + z * n, z, h!, n) }
    },
  },
  elstm: {
    step: (θ, { c }, x) => {
      const drive = (of: string) => sum(act(θ[`W_x${of}`]!, x), times(θ[`w_${of}`] as Vector, c!), θ[`b_${of}`]!)
      return { c: each((f, c, z) => f * c + (1 - f) * z, drive('f').map(σ), c!, drive('z').map(tanh)) }
    },
    output: (θ, { c }, x) => times(sum(act(θ.W_xo!, x), act(θ.W_co!, c!), θ.b_o!).map(σ), c!),
  },
  lru: {
    step: (θ, { re, im }, x) => {
      const size = modulus(θ.ν!)
      return turned(size, θ.φ as Vector, re!, im!, balance(size), [act(θ.B_re!, x), act(θ.B_im!, x)])
    },
    output: (_, { re }) => re!,
  },
  'lru-orvieto': {
    step: (θ, { re, im }, x) => {
      const γ = each(exp, θ.γ_log!)
      return turned(modulus(θ.ν_log!), each(exp, θ.θ_log!), re!, im!, γ, [act(θ.B_re!, x), act(θ.B_im!, x)])
    },
    output: (θ, { re, im }, x) => {
      const real = each((a, b) => a - b, act(θ.C_re!, re!), act(θ.C_im!, im!))
      return sum(real, act(θ.D!, x))
    },
  },
  rtu: {
    step: traceUnit(u => u),
    output: (_, { c1, c2 }) => [...c1!.map(tanh), ...c2!.map(tanh)],
  },
  'rtu-nonlinear': { step: traceUnit(tanh), output: (_, { c1, c2 }) => [...c1!, ...c2!] },
}

const plain = (tree: Branch): Numbers =>
  Object.fromEntries(Object.entries(tree).map(([name, leaf]) => [name, nested(leaf as Tensor)])) as Numbers
const far = (a: Vector, b: Vector): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number)))) : Number.POSITIVE_INFINITY

test('every cell by name is written here, but for those that spike', t => {
  t.deepEqual(
    Object.keys(written).toSorted(),
    Object.keys(cells)
      .filter(name => !/lif$/.test(name))
      .toSorted(),
  )
})

for (const [name, { step, output }] of Object.entries(written))
  test(`the steps of ${name} are those of its equations, unit by unit`, t => {
    const made = cells[name as CellName]({ alpha } as never) as unknown as Cell<Branch, Branch>
    const sizes = { d: 3, n: 2, m: 1 }
    const random = rng(7)
    const drawn = (shape: readonly number[]) => random.draw({ law: 'normal', shape: [...shape] })
    const θ = Object.fromEntries(
      Object.entries(made.params(sizes, rng(1))).map(([part, leaf]) => [part, drawn((leaf as Value).shape)]),
    )
    let s = Object.fromEntries(
      Object.entries(made.zeroState(sizes)).map(([part, leaf]) => [part, drawn((leaf as Value).shape)]),
    ) as Branch
    let wanted = plain(s) as unknown as ReturnType<Plain>
    for (const x of [
      [0.5, -1.5],
      [2, 0.25],
      [-1, 1],
    ]) {
      s = made.step(θ, s, tensor(x))
      wanted = step(plain(θ) as never, wanted, x)
      for (const part of Object.keys(wanted))
        t.true(far(plain(s)[part] as unknown as Vector, wanted[part]!) < 1e-14, part)
      t.deepEqual(Object.keys(s).toSorted(), Object.keys(wanted).toSorted())
      const shown = output?.(plain(θ) as never, wanted, x) ?? wanted.h!
      t.true(far([...(made.output(θ, s, tensor(x)) as Tensor).data], shown) < 1e-14, 'output')
    }
  })
