/** Rules that predict the losses to come by a synthesiser, linear and begun as the file says: DNI and BP(λ), as published and otherwise. */
import { emitting, type Folded, type LinearRun, type LinearStep } from '../linear-run.ts'
import { type Matrix, minus, outer, plus, product, type Row, row, scaled, timesColumn, timesRow } from '../matrix.ts'
import { listed, listedAlone, type Synthesiser, type Table, type Variant } from './variant.ts'

const added = (a: Row, b: Row): Row => a.map((x, i) => x + (b[i] as number))
const times = (k: number, xs: Row): Row => xs.map(x => k * x)
const subtracted = (a: Row, b: Row): Row => added(a, times(-1, b))

/**
 * DNI of a leaky network (Marschall et al. 2020): δ_t ≈ A a_t, a = [h; y*; 1]; A learns one step late, towards q₋ + (A a) J, and
 * towards q at the end where it has its terminal.
 */
const dni =
  (terminal: boolean): Variant['change'] =>
  (run, { dni: begun, targets }) =>
    begun && {
      ...run,
      carried: ({ steps }: LinearRun): Folded => {
        const { lr } = begun
        let A = begun.A
        const learn = (a: Row, target: Row): void => {
          A = minus(A, scaled(lr, outer(subtracted(timesColumn(A, a), target), a)))
        }
        const at = (t: number): Row => [...(steps[t] as LinearStep).seen, ...(targets[t - 1] as Row), 1]
        const emitted = steps.slice(1).map(({ J, B }, i) => {
          const t = i + 1
          if (t > 1) learn(at(t - 1), added((steps[t - 1] as LinearStep).q, timesRow(timesColumn(A, at(t)), J)))
          return timesRow(timesColumn(A, at(t)), B)
        })
        const last = steps.length - 1
        if (terminal) learn(at(last), (steps[last] as LinearStep).q)
        return emitting([row(emitted[0]?.length ?? 0), ...emitted], { A_final: A.flat() })
      },
    }

/** How a program has BP(λ). */
interface Form {
  readonly λ: number
  readonly γ: number
  /** γ in the trace, in the temporal difference, and in the credit. */
  readonly trace: boolean
  readonly difference: boolean
  readonly credit: boolean
  /** Which J the trace is pushed by; 'scalar': of each number of ψ only the entry of its own unit is carried. */
  readonly jacobian: 'old' | 'new' | 'scalar'
  readonly predicts: 'after' | 'before'
  readonly terminalZero: boolean
  readonly terminalUpdate: boolean
  readonly mode: 'online' | 'offline'
}

const asPublished = {
  ...{ trace: true, difference: true, credit: false, jacobian: 'old', predicts: 'after' },
  ...{ terminalZero: true, terminalUpdate: false, mode: 'online' },
} as const satisfies Omit<Form, 'λ' | 'γ'>

/** [A | c], and its prediction g = A h + c of a state. */
const predicted = (ψ: Matrix, h: Row): Row => timesColumn(ψ, [...h, 1])

/** The trace [d, d (d + 1)]: γλ J e₋ + ∂g/∂ψ. */
const traced = (e: Matrix, J: Matrix, by: number, h: Row, scalar: boolean): Matrix => {
  const slope = h.map((_, k) => h.flatMap((__, a) => [...h, 1].map(x => (a === k ? x : 0))))
  const width = h.length + 1
  const pushed = scalar
    ? e.map((r, k) => r.map((x, c) => (Math.floor(c / width) === k ? (J[k]?.[k] as number) * x : 0)))
    : product(J, e)
  return plus(scaled(by, pushed), slope)
}

/** BP(λ) of a leaky network (Pemberton & Costa 2024) along a run. */
const bplambda = ({ steps }: LinearRun, { A, c, lr }: Synthesiser, form: Form): Folded => {
  const { λ, γ, trace, difference, credit, jacobian, predicts, terminalZero, terminalUpdate, mode } = form
  const d = c.length
  const rows = (flat: Row): Matrix => c.map((_, k) => flat.slice(k * (d + 1), (k + 1) * (d + 1)))
  const begun: Matrix = A.map((r, k) => [...r, c[k] as number])
  let ψ = begun
  let e: Matrix = c.map(() => row(d * (d + 1)))
  let sum: Row = row(d * (d + 1))
  const learned = (change: Row): void => {
    sum = added(sum, change)
    if (mode === 'online') ψ = plus(ψ, scaled(lr, rows(change)))
  }
  const decay = (trace ? γ : 1) * λ
  const last = steps.length - 1
  const emitted = steps.slice(1).map(({ q, J, B, seen }, i) => {
    const before = steps[i] as LinearStep
    const old = ψ
    e = traced(e, jacobian === 'new' ? J : before.J, decay, before.seen, jacobian === 'scalar')
    const b = terminalZero && i + 1 === last ? 0 : 1
    const target = (by: Matrix, weight: number): Row => added(q, times(weight * b, predicted(by, seen)))
    learned(timesRow(subtracted(timesRow(target(old, difference ? γ : 1), J), predicted(old, before.seen)), e))
    return timesRow(target(predicts === 'after' ? ψ : old, credit ? γ : 1), B)
  })
  const [first, end] = [steps[0], steps[last]] as [LinearStep, LinearStep]
  // what is predicted for the start is charged to it
  const ofStart = timesRow(times(credit ? γ : 1, predicted(begun, first.seen)), first.B)
  if (terminalUpdate)
    learned(timesRow(times(-1, predicted(ψ, end.seen)), traced(e, end.J, decay, end.seen, jacobian === 'scalar')))
  if (mode === 'offline') ψ = plus(ψ, scaled(lr, rows(sum)))
  const ends = { A_final: ψ.flatMap(r => r.slice(0, d)), c_final: ψ.map(r => r[d] as number) }
  return emitting([ofStart, ...emitted], ends)
}

/** BP(λ) with what the file says, but for some of its form, and λ or γ of its own. */
export const byBplambda =
  (form: Partial<Form>): Variant['change'] =>
  (run, { synthesiser }) =>
    synthesiser && {
      ...run,
      carried: all =>
        bplambda(all, synthesiser, { ...asPublished, λ: synthesiser.lambda_, γ: synthesiser.gamma, ...form }),
    }

const departures: readonly (readonly [id: string, says: string, form: Partial<Form>])[] = [
  ['predicts before', 'that predicts before its synthesiser learns', { predicts: 'before' }],
  ['γ in its credit', 'with γ in its credit too', { credit: true }],
  ['new Jacobian', 'whose trace is pushed by the new Jacobian in place of the old one', { jacobian: 'new' }],
  ['scalar trace', 'whose trace is one number for each parameter', { jacobian: 'scalar' }],
  ['γ missing in its trace', 'without γ in its trace', { trace: false }],
  ['γ missing in its difference', 'without γ in its temporal difference', { difference: false }],
  [
    'no terminal',
    'without its terminal condition: the losses after the last step are predicted',
    { terminalZero: false },
  ],
  ['terminal learned', 'that learns its last prediction towards 0', { terminalUpdate: true }],
  ['offline', 'whose synthesiser learns at the end of the run', { mode: 'offline' }],
]

const bases = 'by BP(λ) with the synthesiser of the file'

/** BP(λ) as published, and with one departure. */
const forms: Table = Object.fromEntries([
  ['BP(λ)', [bases, byBplambda({}), 'synthesiser']],
  ...departures.map(([id, says, form]) => [`BP(λ), ${id}`, [`${bases}, ${says}`, byBplambda(form), 'synthesiser']]),
])

/** And with two. */
const twice: Table = Object.fromEntries(
  departures.flatMap(([id, says, form], i) =>
    departures
      .slice(i + 1)
      .map(([other, too, more]) => [
        `BP(λ), ${id}, ${other}`,
        [`${bases}, ${says}, and ${too}`, byBplambda({ ...form, ...more }), 'synthesiser'],
      ]),
  ),
)

export const synthesisers = [
  ...listed('carried', {
    DNI: ['by DNI with the synthesiser of the file', dni(true), 'dni'],
    'DNI, no terminal': [
      'by DNI with the synthesiser of the file, without its terminal: the last prediction is not learned',
      dni(false),
      'dni',
    ],
    ...forms,
  }),
  ...listedAlone('carried', twice),
]
