/** A run in its frames: a ring of memory, one frame for each timestep that may still be asked about, and the sums over them. */
import { type Collected, type Machine, noFrames } from '../../ad/compiler/plan.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Theta } from '../network.ts'
import type { WindowOptions } from '../run/windows.ts'
import { stretches } from './buffers.ts'
import type { Frames, Prepared } from './prepare.ts'
import { type StageName, stageNames } from './stages.ts'

/** Parameters, and the first timestep that was run with them. */
interface Era {
  readonly θ: Theta
  readonly from: number
}

/** Where a run is in its frames. The numbers change as it goes on. */
export interface Ring {
  readonly staged: Prepared<unknown>['staged']
  readonly machine: Machine
  readonly row: Frames['row']
  /** How many timesteps it holds. */
  readonly frames: number
  /** How many sequences run side by side. */
  readonly count: number
  /** The newest timestep, how many there are since the last pass, the newest one whose sums are collected, and how many passes there were. */
  readonly at: { now: number; sincePass: number; collected: number; turn: number }
  /** The parameters that the timesteps in the frames were run with, the newest last, and those that are loaded. */
  eras: readonly Era[]
  loaded: Theta | null
}

/** What a run needs of a plan: its stages, how many sequences run side by side, and memory for so many frames. */
export interface Runnable {
  readonly staged: Prepared<unknown>['staged']
  readonly what: { readonly batch: number | null; readonly windows: WindowOptions | null }
  frames(count: number): Frames
}

export const ringOf = ({ what, staged, frames }: Runnable, wanted: number): Ring => {
  const { machine, row } = frames(wanted)
  const at = { now: 0, sincePass: 0, collected: 0, turn: 0 }
  return { staged, machine, row, frames: machine.frames, count: what.batch ?? 1, at, eras: [], loaded: null }
}

const stage = (name: StageName): number => stageNames.indexOf(name)

/** Runs a stage at a timestep, whose neighbours lie in the frames beside it. */
export const runStage = ({ machine, frames }: Ring, name: StageName, t: number): void =>
  machine.run(stage(name), (t - 1 + frames) % frames, t % frames, (t + 1) % frames)

/** Runs a stage at all timesteps from the first on. */
export const sweepOn = ({ machine }: Ring, name: StageName, steps: number): void =>
  machine.sweep(stage(name), 1, steps + 1)

const sweepBack = (ring: Ring, name: StageName, from: number, to: number): void => {
  if (from < ring.frames - 1) ring.machine.sweep(stage(name), from, to - 1)
  else for (let t = from; t >= to; t--) runStage(ring, name, t)
}

/** Adds up sums over the timesteps from a to b. */
export const gather = ({ machine, frames }: Ring, sums: readonly Collected[], a: number, b: number): void => {
  for (const [from, to] of stretches(a, b, frames)) for (const sum of sums) machine.collect(sum, from, to)
}

/** Takes the sums that are made as time goes on, up to a timestep. */
export const settle = (ring: Ring, until: number): void => {
  gather(ring, ring.staged.forward, ring.at.collected + 1, until)
  ring.at.collected = until
}

/** A timestep of a rule that faces the past, with its sums: the first program of its plan. */
export const stepAndSum = ({ machine, at, frames }: Ring): void => {
  machine.perform(0, (at.now - 1 + frames) % frames, at.now % frames, (at.now + 1) % frames)
  at.collected = at.now
}

/** Writes parameters into the plan, and works out what depends on them alone. */
const load = (ring: Ring, θ: Theta): void => {
  leavesOf(θ).forEach((leaf, i) => {
    ring.row(ring.staged.ports.θ[i]!).set((leaf as Tensor).data)
  })
  ring.machine.run(stage('once'), ...noFrames)
  ring.loaded = θ
}

const use = (ring: Ring, era: Era | undefined): void => {
  if (era && era.θ !== ring.loaded) load(ring, era.θ)
}

/** The parameters of the newest timestep, or of the oldest that is kept. */
export const useEra = (ring: Ring, which: 'newest' | 'oldest'): void =>
  use(ring, which === 'newest' ? ring.eras.at(-1) : ring.eras[0])

/** A run begins with these parameters. */
export const beginEras = (ring: Ring, θ: Theta): void => {
  load(ring, θ)
  ring.eras = [{ θ, from: 0 }]
  Object.assign(ring.at, { now: 0, sincePass: 0, collected: 0, turn: 0 })
}

/** From the next timestep on the parameters are others; those of timesteps still in the frames are kept where passes come back to them. */
export const nextEra = (ring: Ring, θ: Theta, passes: boolean): void => {
  load(ring, θ)
  const oldest = ring.at.now + 2 - ring.frames
  const kept = ring.eras.filter((_, i) => i === ring.eras.length - 1 || ring.eras[i + 1]!.from > oldest)
  ring.eras = passes ? [...kept, { θ, from: ring.at.now + 1 }] : [{ θ, from: 0 }]
}

/** Goes back era by era: a timestep is linearised at the parameters it was run with. */
export const sweepEras = (ring: Ring, name: StageName, from: number, to: number): void => {
  ring.eras.toReversed().forEach((era, i) => {
    const newest = i === 0 ? from : Math.min(from, ring.eras.at(-i)!.from - 1)
    const oldest = Math.max(to, era.from)
    if (newest < oldest) return
    use(ring, era)
    sweepBack(ring, name, newest, oldest)
  })
}
