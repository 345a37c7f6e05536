/** What a variant of the gradient is: one thing of a run that is changed; what is folded of the run stays the same. */
import type { LinearRun, LinearStep } from '../linear-run.ts'
import type { Matrix, Row } from '../matrix.ts'

/** What a variant may need that a run does not have; null where the file or the model does not have it. */
export interface Context {
  /** α of a leaky network, and its W_rec at each step, 0 being the start. */
  readonly leaky: { readonly α: number; readonly W: readonly Matrix[] } | null
  /** Feedback [d, m]. */
  readonly F: Matrix | null
  /** W_out [m, d]. */
  readonly readout: Matrix
  /** J at each step by the parameters of the step before, and by those of the first. */
  readonly stale: readonly Matrix[] | null
  readonly first: readonly Matrix[] | null
  /** B at each step of the input of the step before. */
  readonly lateInput: readonly Matrix[]
  /** ε at each step from 1 on by the derivative of each output by its own logit alone, and by none; null where ε is that. */
  readonly elementwise: readonly Row[] | null
  readonly underived: readonly Row[] | null
  /** ε at each step with the logits in the place of the outputs, and of the root mean square of each step; null where there are none. */
  readonly logits: readonly Row[] | null
  readonly roots: readonly Row[] | null
  /** What the root of a loss of the whole run divides by, beside m; null where there is none. */
  readonly root: number | null
  /** The layer of each entry of the state, where there are several. */
  readonly layers: readonly number[] | null
  /** d units, where each has several state variables; null where each has one, or there are layers. */
  readonly units: number | null
  /** Targets [T, m]. */
  readonly targets: Matrix
  /** Random signs [T, d], which UORO drew, and [T, 2], which KF-RTRL drew. */
  readonly noise: Matrix | null
  readonly signs: Matrix | null
  /** What the synthesisers of BP(λ) and of DNI began as. */
  readonly synthesiser: Synthesiser | null
  readonly dni: { readonly A: Matrix; readonly lr: number } | null
}

/** A [d, d], c [d], the decay and the discount of its trace, and its step size. */
export interface Synthesiser {
  readonly A: Matrix
  readonly c: Row
  readonly lambda_: number
  readonly gamma: number
  readonly lr: number
}

/** What is changed: two variants of one part are not tried together, nor what is carried otherwise with windows and masks. */
export type Part = 'jacobian' | 'immediate' | 'signal' | 'window' | 'kept' | 'carried' | 'readout'

/** What a case may lack. */
export type Needed = 'feedback' | 'theta_t' | 'noise' | 'signs' | 'synthesiser' | 'dni'

/** One variant. */
export interface Variant {
  readonly id: string
  readonly part: Part
  /** What it is, after 'the gradient': a clause. */
  readonly says: string
  /** The key of a case that it needs. */
  readonly needs?: Needed
  /** Whether it is tried by itself alone: one of many of its kind. */
  readonly alone?: true
  /** The changed run; null where there is nothing to change. */
  change(run: LinearRun, context: Context): LinearRun | null
}

/** A variant with a number of its own, which is found by the foreign gradient: it lies in [low, high]. */
export interface Fitted extends Omit<Variant, 'says' | 'change'> {
  readonly range: readonly [low: number, high: number]
  /** The number by which it is another variant, where there is one; 0 and 1 always are. */
  usual?(context: Context): number | undefined
  says(x: number): string
  change(run: LinearRun, context: Context, x: number): LinearRun | null
}

/** Rows of a table of variants: what each is, and its change. */
export type Table = Readonly<Record<string, readonly [says: string, change: Variant['change'], needs?: Needed]>>

/** The variants of a table. */
export const listed = (part: Part, table: Table): readonly Variant[] =>
  Object.entries(table).map(([id, [says, change, needs]]) => ({ id, part, says, change, ...(needs && { needs }) }))

/** The same, each tried by itself alone. */
export const listedAlone = (part: Part, table: Table): readonly Variant[] =>
  listed(part, table).map(one => ({ ...one, alone: true }))

export type Each = (now: LinearStep, t: number, all: readonly LinearStep[]) => Partial<LinearStep>

/** Steps from 1 on changed; the start as it is. */
export const each =
  (change: Each) =>
  (run: LinearRun): LinearRun => ({
    ...run,
    steps: run.steps.map((now, t) => (t === 0 ? now : { ...now, ...change(now, t, run.steps) })),
  })

/** A variant of what only some runs have: none where it is not there. */
export const where =
  <A>(find: (context: Context) => A | null, change: (found: A) => Each): Variant['change'] =>
  (run, context) => {
    const found = find(context)
    return found === null ? null : each(change(found))(run)
  }

export const ofLeaky = ({ leaky }: Context): Context['leaky'] => leaky
/** A leak is there only where α is below 1. */
export const leak = ({ leaky }: Context): number | null => (leaky && leaky.α < 1 ? leaky.α : null)
