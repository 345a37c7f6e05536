/** A leaky network and the gradients that published code has of it, in plain loops that share nothing with the project. */
type Row = number[]
type Matrix = Row[]
/** Nested lists of numbers. */
export type Num = number | readonly Num[]

/** A network with data. */
export interface Plain {
  readonly alpha: number
  readonly W_rec: Matrix
  readonly W_in: Matrix
  readonly b_rec: Row
  readonly h0: Row
  readonly W_out: Matrix
  readonly b_out: Row
  readonly inputs: Matrix
  readonly targets: Matrix
  readonly B: Matrix
}

/** Numbers that are no round ones. */
export const numbers = (seed: number) => {
  let at = seed
  return (): number => {
    at = (at * 1103515245 + 12345) % 2147483648
    return (at / 2147483648) * 1.6 - 0.8
  }
}

export const made = (d: number, n: number, m: number, T: number, alpha: number, seed = 7): Plain => {
  const draw = numbers(seed)
  const vector = (k: number): Row => Array.from({ length: k }, draw)
  const matrix = (k: number, l: number): Matrix => Array.from({ length: k }, () => vector(l))
  return {
    ...{ alpha, W_rec: matrix(d, d), W_in: matrix(d, n), b_rec: vector(d), h0: vector(d) },
    ...{ W_out: matrix(m, d), b_out: vector(m), inputs: matrix(T, n), targets: matrix(T, m), B: matrix(d, m) },
  }
}

/** What is done otherwise than it should be; each is read where its line stands. */
export interface Faults {
  readonly jacobian?: 'W f' | 'transposed' | 'old' | 'new' | 'none' | 'own' | 'no leak' | 'no alpha'
  readonly immediate?: 'no alpha' | 'f twice' | 'input late' | 'all late' | 'post'
  readonly feedback?: 'random'
  readonly late?: 'update' | 'error'
  readonly signal?: 'zero' | 'whole' | 'roots'
  readonly k?: number
  readonly chunk?: number
  readonly resetLate?: boolean
  readonly snap1?: boolean
  /** SnAp of a ring, where a unit is heard by the next alone: so many steps of reach. */
  readonly snap?: number
  /** The exact influence, read through the mask of SnAp-1. */
  readonly maskedLast?: boolean
}

interface Step {
  readonly h: Row
  readonly slope: Row
  readonly z: Row
  readonly ε: Row
}

export const course = ({ alpha, W_rec, W_in, b_rec, h0, W_out, b_out, inputs, targets }: Plain): Step[] => {
  let h = h0
  return inputs.map((x, t) => {
    const before = h
    const u = b_rec.map(
      (b, i) =>
        b + W_rec[i]!.reduce((s, w, j) => s + w * before[j]!, 0) + W_in[i]!.reduce((s, w, j) => s + w * x[j]!, 0),
    )
    h = u.map((v, i) => (1 - alpha) * before[i]! + alpha * Math.tanh(v))
    const y = b_out.map((b, k) => b + W_out[k]!.reduce((s, w, j) => s + w * h[j]!, 0))
    return {
      h,
      slope: u.map(v => 1 - Math.tanh(v) ** 2),
      z: [...before, ...x, 1],
      ε: y.map((v, k) => v - targets[t]![k]!),
    }
  })
}

/** dh_i/dh_j at a step, with a fault. */
export const jacobianOf = ({ alpha, W_rec }: Plain, { slope }: Step, fault: Faults['jacobian']): Matrix =>
  W_rec.map((row, i) =>
    row.map((w, j) => {
      const keep = i === j ? 1 - alpha : 0
      if (fault === 'none') return 0
      if (fault === 'own') return keep
      if (fault === 'W f') return keep + alpha * w * slope[j]!
      if (fault === 'transposed') return keep + alpha * W_rec[j]![i]! * slope[j]!
      if (fault === 'no leak') return alpha * slope[i]! * w
      if (fault === 'no alpha') return keep + slope[i]! * w
      return keep + alpha * slope[i]! * w
    }),
  )

/** dh_i/dW_aj at a step, W = [W_rec | W_in | b_rec]. */
export const immediateOf = (
  { alpha, inputs }: Plain,
  steps: Step[],
  t: number,
  fault: Faults['immediate'],
): ((i: number, a: number, j: number) => number) => {
  const { slope, z, h } = steps[t]!
  const d = h.length
  const before = steps[t - 1]?.z ?? z.map(() => 0)
  const pre = z.map((x, j) => {
    if (fault === 'all late') return before[j]!
    if (fault === 'input late' && j >= d && j < z.length - 1) return t > 0 ? inputs[t - 1]![j - d]! : 0
    if (fault === 'post' && j < d) return h[j]!
    return x
  })
  const rate = fault === 'no alpha' ? 1 : alpha
  return (i, a, j) => (i === a ? rate * (fault === 'f twice' ? slope[i]! ** 2 : slope[i]!) * pre[j]! : 0)
}

const zero = (d: number, p: number): number[][][] =>
  Array.from({ length: d }, () => Array.from({ length: d }, () => new Array(p).fill(0)))

/** Gradients by forward mode: of each step, and their sum; traces P [T][d][d][p]. */
export const forward = (net: Plain, faults: Faults = {}) => {
  const steps = course(net)
  const [d, p, T] = [net.h0.length, steps[0]!.z.length, steps.length]
  const back = (ε: Row): Row =>
    net.h0.map((_, i) => ε.reduce((s, e, k) => s + e * (faults.feedback ? net.B[i]![k]! : net.W_out[k]![i]!), 0))
  const qs = steps.map(({ ε }) => back(ε))
  const J = (t: number, fault: Faults['jacobian'] = faults.jacobian): Matrix => {
    if (fault === 'old') return t > 0 ? jacobianOf(net, steps[t - 1]!, undefined) : zeroMatrix(d)
    if (fault === 'new') return jacobianOf(net, steps[Math.min(T - 1, t + 1)]!, undefined)
    return jacobianOf(net, steps[t]!, fault)
  }
  const influence = (from: number, to: number): number[][][] => {
    let P = zero(d, p)
    for (let t = from; t <= to; t++) {
      const [Jt, B] = [J(t), immediateOf(net, steps, t, faults.immediate)]
      P = P.map((rows, i) =>
        rows.map((row, a) =>
          row.map((_, j) => {
            if (faults.snap1 && i !== a) return 0
            if (faults.snap && (i - a + d) % d >= faults.snap) return 0
            return B(i, a, j) + Jt[i]!.reduce((s, w, l) => s + w * P[l]![a]![j]!, 0)
          }),
        ),
      )
    }
    return P
  }
  const credit = (t: number): Row => {
    if (faults.signal === 'zero') return qs[t]!.map(() => 0)
    if (faults.signal === 'roots') {
      const { ε } = steps[t]!
      const root = Math.sqrt(ε.reduce((s, e) => s + e * e, 0) / ε.length)
      return qs[t]!.map(q => q / (ε.length * root))
    }
    if (faults.late === 'error') return t > 0 ? qs[t - 1]! : qs[t]!.map(() => 0)
    if (faults.signal !== 'whole') return qs[t]!
    let δ = qs[T - 1]!
    for (let s = T - 2; s >= t; s--)
      δ = qs[s]!.map((q, j) => q + δ.reduce((sum, x, i) => sum + x * J(s + 1, undefined)[i]![j]!, 0))
    return δ
  }
  const start = (t: number): number => {
    const { k, chunk, resetLate } = faults
    if (k) return Math.max(0, t - k + 1)
    if (chunk && resetLate) return t === 0 ? 0 : Math.floor((t - 1) / chunk) * chunk + (t - 1 < chunk ? 0 : 1)
    return chunk ? Math.floor(t / chunk) * chunk : 0
  }
  const traces = steps.map((_, t) => {
    if (faults.late === 'update') return t === 0 ? zero(d, p) : influence(0, t - 1)
    const P = influence(start(t), t)
    return faults.maskedLast ? P.map((rows, i) => rows.map((row, a) => row.map(x => (i === a ? x : 0)))) : P
  })
  const perStep = traces.map((P, t) => {
    const q = credit(t)
    const g = net.h0.map((_, a) => Array.from({ length: p }, (_, j) => q.reduce((s, x, i) => s + x * P[i]![a]![j]!, 0)))
    return { W_rec: g.map(r => r.slice(0, d)), W_in: g.map(r => r.slice(d, p - 1)), b_rec: g.map(r => r[p - 1]!) }
  })
  const add = (x: Num, y: Num): Num =>
    typeof x === 'number' ? x + (y as number) : x.map((e, i) => add(e, (y as readonly Num[])[i] as Num))
  const sum = (list: readonly Num[]): Num => list.reduce((x, y) => add(x, y))
  const readout = {
    W_out: net.W_out.map((row, k) => row.map((_, j) => steps.reduce((s, { ε, h }) => s + ε[k]! * h[j]!, 0))),
    b_out: net.b_out.map((_, k) => steps.reduce((s, { ε }) => s + ε[k]!, 0)),
  }
  const cell = Object.fromEntries(
    (['W_rec', 'W_in', 'b_rec'] as const).map(name => [name, sum(perStep.map(one => one[name]))]),
  )
  return { grads: { ...cell, ...readout } as Readonly<Record<string, Num>>, perStep, traces }
}

const zeroMatrix = (d: number): Matrix => Array.from({ length: d }, () => new Array(d).fill(0))

/** The case of a network with what a foreign program found. */
export const caseOf = (net: Plain, foreign: object, more: object = {}) => {
  const { alpha, inputs, targets, B: _, ...params } = net
  return {
    ...{ schema: 2, id: 'planted', model: 'leaky', alpha, activation: 'tanh', output: 'identity', loss: 'half_mse' },
    sizes: { d: net.h0.length, n: inputs[0]!.length, m: targets[0]!.length, T: inputs.length },
    loss_weights: inputs.map(() => 1),
    ...{ inputs, targets, params, foreign, ...more },
  }
}

/** All numbers of a gradient times a factor. */
export const times = <A>(factor: number, x: A): A => {
  if (typeof x === 'number') return (factor * x) as A
  if (Array.isArray(x)) return x.map(e => times(factor, e)) as A
  return Object.fromEntries(Object.entries(x as object).map(([name, e]) => [name, times(factor, e)])) as A
}
