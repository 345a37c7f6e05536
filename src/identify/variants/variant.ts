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
  /** J at each step by the parameters of the step before. */
  readonly stale: readonly Matrix[] | null
  /** ε at each step from 1 on by the derivative of each output by its own logit alone, and by none; null where ε is that. */
  readonly elementwise: readonly Row[] | null
  readonly underived: readonly Row[] | null
  /** The layer of each entry of the state, where there are several. */
  readonly layers: readonly number[] | null
}

/** What is changed: two variants of one part are not tried together. */
export type Part = 'jacobian' | 'immediate' | 'signal' | 'window' | 'kept' | 'readout'

/** What a case may lack. */
export type Needed = 'feedback' | 'theta_t'

/** One variant. */
export interface Variant {
  readonly id: string
  readonly part: Part
  /** What it is, after 'the gradient': a clause. */
  readonly says: string
  /** The key of a case that it needs. */
  readonly needs?: Needed
  /** The changed run; null where there is nothing to change. */
  change(run: LinearRun, context: Context): LinearRun | null
}

/** Rows of a table of variants: what each is, and its change. */
export type Table = Readonly<Record<string, readonly [says: string, change: Variant['change'], needs?: Needed]>>

/** The variants of a table. */
export const listed = (part: Part, table: Table): readonly Variant[] =>
  Object.entries(table).map(([id, [says, change, needs]]) => ({ id, part, says, change, ...(needs && { needs }) }))

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
