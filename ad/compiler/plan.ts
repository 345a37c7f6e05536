/** A program in stages over places that outlive them: what both executors carry out. */
import { DomainError } from '../errors.ts'
import type { Graph } from '../modes/trace.ts'
import type { Shape } from '../tensor.ts'

/** A place that outlives a stage: one row, or a row for each frame. */
export interface Port {
  readonly shape: Shape
  readonly framed: boolean
}

/** The frames a stage sees: its own, and its neighbours in time. */
export type Frame = 'before' | 'here' | 'after'
export const frames: readonly Frame[] = ['before', 'here', 'after']

/** The frames of a stage that sees none. */
export const noFrames = [0, 0, 0] as const

/** A port as a stage sees it; the frame counts only where it has frames. */
export interface Ref {
  readonly port: number
  readonly frame: Frame
}

/** A graph with its inputs read from ports and its outputs written to ports. */
export interface Stage {
  readonly graph: Graph
  readonly reads: readonly Ref[]
  readonly writes: readonly Ref[]
}

/** What a program does at a frame: a stage, by its number, or a sum over the rows of that frame. */
export type Action = number | Anew | Collected

/** A sum in the place of what was there, of all sequences together. */
export interface Anew {
  readonly anew: Collected
}

export interface Plan {
  readonly ports: readonly Port[]
  readonly stages: readonly Stage[]
  /** Stages and sums that are done one after the other in one call. */
  readonly programs?: readonly (readonly Action[])[]
}

/** How numbers are kept: double or single precision. */
export type Dtype = 'f64' | 'f32'
export type Numbers = Float64Array | Float32Array

/** A plan with memory of its own, ready to run. */
export interface Machine {
  readonly frames: number
  /** Bytes held. */
  readonly bytes: number
  /** The numbers of a port at a frame: the memory itself, not a copy. */
  view(port: number, frame?: number): Numbers
  /** The numbers of all rows of a port, frame after frame. */
  all(port: number): Numbers
  run(stage: number, before: number, here: number, after: number): void
  /** Runs a stage at the frames from … up or down to, but not at, `to`; their neighbours in time are their neighbours. */
  sweep(stage: number, from: number, to: number): void
  /**
   * into[at + i·n + j] += Σ left[i]·right[j] over the rows of the frames from … to - 1, each side read `shift` frames
   * off, round the end; without `right`, into[at + i] += Σ left[i]. m numbers on the left, n on the right. With `stride`
   * a frame's rows on the left are summed each on its own, into places `stride` numbers from each other; rows on the right serve as
   * many of them each.
   */
  collect(sum: Collected, from: number, to: number): void
  /** Runs a program at a frame. */
  perform(program: number, before: number, here: number, after: number): void
}

/** A sum over frames, into a stretch of an unframed port. */
export interface Collected {
  readonly into: number
  readonly at: number
  readonly left: { readonly port: number; readonly shift: number; readonly size: number }
  readonly right?: { readonly port: number; readonly shift: number; readonly size: number }
  readonly stride?: number
}

/** The frame that lies so many after one. */
export const frameAt = (shift: number): Frame => frames[shift + 1] as Frame

/** What is said of a plan that does not fit. */
export const tooLarge = (bytes: number): DomainError =>
  new DomainError({
    who: 'compile',
    given: `a program that needs ${Math.ceil(bytes / 2 ** 20)} MiB`,
    wanted: 'one that fits a WebAssembly memory, at most 4096 MiB and what the machine has',
    remedy: "Use smaller batches or windows, recomputed for a long run, or engine: 'eager'",
  })
