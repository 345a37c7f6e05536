/** What a kind of data is to the rest of the program: one interface, a file for each kind. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Engine } from '../../../ad/compiler/engine.ts'
import type { JanusError } from '../../../ad/errors.ts'
import type { CellName } from '../../../nets/cells/index.ts'
import type { PerStep } from '../../../nets/loss.ts'
import type { Example, Network, Theta } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'
import type { InitialName } from '../initial.ts'
import type { Piece, Place } from './place.ts'

/** A baseline's held-out figure, in the unit it names. */
export interface Baseline {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** What the held-out figure is. */
export interface Figure {
  readonly title: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
}

/** The options that decide how data are gone through. */
export interface Pace {
  readonly window: number
  readonly k: number | null
  readonly batch: number
  readonly seed: number
  /** Updates of the run, where it has an end. */
  readonly steps?: number
  /** Numbers that a symbol is embedded in, where it is. */
  readonly embed?: number | null
  /** Steps after which the state begins anew, where it does. */
  readonly washout?: number | null
}

/** What options are where they are left out. */
export interface Defaults extends Omit<Pace, 'k' | 'seed' | 'steps' | 'embed' | 'washout'> {
  readonly cell: CellName
  readonly hidden: number
  readonly alpha: number
  readonly steps: number
  readonly lr: number
  /** The window of a rule that faces the past, where it is another. */
  readonly online?: number
  /** Steps after which the state begins anew, where it does. */
  readonly washout?: number
  /** How recurrent matrices begin, where it is another way than usual. */
  readonly initial?: InitialName
  /** The optimiser, where it is another than usual. */
  readonly optimiser?: 'sgd' | 'adam'
}

/** What a network must have to learn from a kind of data: n inputs, m targets, and the loss. */
export interface Ends {
  readonly n: number
  readonly m: number
  readonly loss: PerStep
}

/** The way through a data set: what is learned from, and how a model is evaluated. */
export interface Course {
  /** One piece after the other without end, each a sequence or several side by side, or their steps as they come; the state begins anew with each. */
  pieces(): Iterable<Piece>
  /** The same from a place on, the first being what is left of its piece, without making what is before it; undefined where it must be made. */
  from?(place: Place): Iterable<Piece> | undefined
  /** A mean loss a step as metrics give it. */
  toUnit(mean: number): number
  /** The held-out figure of parameters by an engine, forward only; of a part of what is held out, where all takes more than so many steps. */
  evaluator(engine: Engine, net: Network, most?: number): (θ: Theta) => number
}

/** How a run is done, in words; `credit` says what a rule leaves out. */
export interface Words {
  readonly data: string
  /** Which part is learned from and which is held out, where they are not the first 90% and the tail. */
  readonly parts?: string
  readonly updates: string
  readonly held: string
  readonly credit: { readonly bptt: string; readonly tbptt: string; readonly rtrl: string }
}

/** A kind of data D, of which a model says A. */
export interface Kind<D, A> {
  /** As it is spoken of: a text, a series, images, a made-up task. */
  readonly phrase: string
  /** What it consists of. */
  readonly items: string
  readonly defaults: Defaults
  /** The steps of its sequences where all have as many: they are the window then, and it is no option. */
  readonly steps: number | null
  /** The data with targets so many items after their inputs, where targets are items. Left: too few are left to learn from. */
  ahead?(data: D, horizon: number): Either<JanusError, D>
  /** Whether inputs may be embedded. */
  readonly symbolic: boolean
  about(data: D): A
  ends(about: A): Ends
  /** The data as a model of the kind wants them. Left: it cannot hear them. */
  fitted(data: D, about: A): Either<JanusError, D>
  /** Throws a DomainError where the training part is too short for the pace. */
  check(data: D, pace: Pace): void
  course(data: D, pace: Pace): Course
  /** Steps made up, without end or of one sequence, for a model of the kind to run on where no data are at hand. */
  drawn(about: A, random: Random): Iterable<Example>
  figure(data: D): Figure
  /** Which oracles its tables have beside its own baselines: the constant only where none of those is one. */
  readonly oracles: readonly ('best constant' | 'ridge on a random network')[]
  baselines(data: D): readonly Baseline[]
  words(data: D, pace: Pace): Words
}
