/** A pass back over a window, compiled: where it turns, what was counted before, where it ends, and the joint to the next. */
import type { Collected } from '../../ad/compiler/plan.ts'
import { sizeOf } from '../../ad/tensor.ts'
import { type Pass, passDue, type WindowOptions, windowsAt } from '../run/windows.ts'
import { gather, type Ring, runStage, settle, stepAndSum, sweepEras, useEra } from './ring.ts'
import type { Staged } from './stages.ts'

/** Runs the timestep that was written, with the pass that is due at it. */
export const stepOn = (ring: Ring, windows: WindowOptions | null, last: boolean): void => {
  const { at } = ring
  if (!windows) {
    stepAndSum(ring)
    return
  }
  runStage(ring, 'forward', at.now)
  const due = passDue(windowsAt(windows, at.turn), at.now, at.sincePass, last)
  if (due) passBack(ring, due)
  if (due && windows.clipped) settle(ring, at.now)
}

/** Goes back over a whole run; the losses of a sequence times its factor, where the loss is one of the whole run. */
export const backOverAll = (ring: Ring, factors: readonly number[] = []): void => {
  const { row, staged, at } = ring
  const { factor } = staged.ports
  if (factor !== -1) for (let t = 1; t <= at.now; t++) row(factor, t).set(factors)
  passBack(ring, { first: 0, counted: 0, attributed: at.now + 1 })
}

/** Goes back over the timesteps of a pass. */
const passBack = (ring: Ring, { first, counted, attributed }: Pass): void => {
  const { at, staged } = ring
  const isJoined = staged.ports.influence !== -1
  const ends = first === 0 || isJoined
  const oldest = ends ? first + 1 : first
  const newer = Math.max(oldest, first + counted)
  runStage(ring, 'turn', at.now)
  sweepEras(ring, 'back', at.now, newer)
  sweepEras(ring, 'counted', newer - 1, oldest)
  if (ends) endAt(ring, first)
  useEra(ring, 'newest')
  gather(ring, staged.back, oldest, first + attributed - 1)
  if (isJoined) join(ring, oldest)
  learn(ring, Math.max(0, first - 1))
  at.sincePass = 0
  at.turn++
}

/** Ends a pass at timestep 0, or at the timestep that stands for all before a window. */
const endAt = (ring: Ring, t: number): void => {
  useEra(ring, 'oldest')
  runStage(ring, 'initial', t)
  if (ring.staged.ports.lastOut !== -1) ring.machine.collect(lastOut(ring.staged, ring.count), 0, 1)
}

/** The influence on the newest state: what came before the window is there, its timesteps are added. */
const join = (ring: Ring, oldest: number): void => {
  const { influence, next } = ring.staged.ports
  gather(ring, ring.staged.joint, oldest, ring.at.now)
  ring.row(influence).set(ring.row(next))
}

/** What is learned of a pass, at the timestep before its window. */
const learn = (ring: Ring, t: number): void => {
  const { learned, learnedNext } = ring.staged.ports
  if (learned.length === 0) return
  runStage(ring, 'learn', t)
  learned.forEach((port, i) => {
    ring.row(port).set(ring.row(learnedNext[i]!))
  })
}

/** What a pass emits for timestep 0. */
const lastOut = ({ plan, ports }: Staged, count: number): Collected => ({
  into: ports.gradient,
  at: 0,
  left: { port: ports.lastOut, shift: 0, size: sizeOf(plan.ports[ports.lastOut]!.shape) / count },
})
