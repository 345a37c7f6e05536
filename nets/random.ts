import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator'
import { describe } from '../ad/describe.ts'
import { bracket, DomainError, KindError } from '../ad/errors.ts'
import { requireCount, requireMethod } from '../ad/require.ts'
import { checkShape, type Shape, sizeOf, type Tensor, tensorOf } from '../ad/tensor.ts'

export type Law = 'sign' | 'uniform' | 'normal'

/** What a noisy rule wants drawn for it at every step; sizes as numbers, or 'd', 'state' and 'cell' for those of the network. */
export interface Draws {
  readonly law: Law
  readonly shape: readonly (number | 'd' | 'state' | 'cell')[]
}

/** A stream of random numbers; drawing moves it on. */
export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** Mean 0, variance 1 (Box & Muller 1958). */
  normal(): number
  /** -1 or 1. */
  sign(): number
  draw(draws: { readonly law: Law; readonly shape: Shape }): Tensor
  /** Where it is now: a stream that goes on from here, whatever becomes of this one. */
  copy(): Random
  /** Where it is now, as whole numbers: `resumed` goes on from there. */
  position(): readonly number[]
}

/**
 * The streams that a seed opens, by what they are for: parameters, the noise of a rule, sampled texts, the constants of a rule,
 * what is learned from and its order, what is held out, and whatever a shadow of a run draws.
 */
export const streams = { init: 0, noise: 1, samples: 2, constants: 3, data: 4, held: 5, shadow: 6 } as const

/** Neighbouring seeds begin with nearly the same bits: so many draws are thrown away that they have parted. */
const warmUp = 64
const seeds = 2 ** 32

/**
 * The stream of a seed in [0, 2³²); streams of one seed with other indices are independent (jumps of 2⁶⁴ draws).
 * Throws a DomainError for any other seed.
 */
export const rng = (seed: number, index = 0): Random => {
  requireCount('rng', `stream ${describe(index)}`, index, 'Leave it out for 0', 0)
  if (!Number.isInteger(seed) || seed < 0 || seed >= seeds)
    throw new DomainError({
      who: 'seed',
      given: describe(seed),
      wanted: `a whole number from 0 to ${seeds - 1}`,
      remedy: 'Try seed 1',
    })
  const generator = xoroshiro128plus(seed)
  for (let i = 0; i < warmUp; i++) generator.next()
  for (let i = 0; i < index; i++) generator.jump()
  return streamOf(generator)
}

/** The stream that goes on from a position. Throws a DomainError for what is none. */
export const resumed = (position: readonly number[]): Random => {
  const sound =
    Array.isArray(position) &&
    position.length === 4 &&
    position.every(part => Number.isInteger(part) && Math.abs(part) < seeds)
  if (sound) return streamOf(xoroshiro128plusFromState(position))
  throw new DomainError({
    who: 'random',
    given: `the position ${Array.isArray(position) ? bracket(position) : describe(position)}`,
    wanted: 'four whole numbers of 32 bits',
    remedy: 'Take it from position() of a stream',
  })
}

/** Refuses what nothing can be drawn from. Throws a KindError. */
export const requireRandom = (who: string, random: unknown): void => {
  requireMethod(
    who,
    random,
    'draw',
    'a stream of random numbers',
    `Write rng(${Number.isInteger(random) ? random : 1})`,
  )
}

const requireDraw = (wanted: unknown, laws: readonly string[]): void => {
  const { law, shape } = (wanted ?? {}) as { readonly law?: unknown; readonly shape?: unknown }
  if (typeof law === 'string' && laws.includes(law) && Array.isArray(shape)) return
  throw new KindError({
    who: 'draw',
    given:
      typeof wanted === 'object' && wanted !== null
        ? `law ${describe(law)} and shape ${describe(shape)}`
        : describe(wanted),
    wanted: `a law, ${laws.join(', ')}, and a shape`,
    remedy: "Write rng(1).draw({ law: 'normal', shape: [3] })",
  })
}

const streamOf = (generator: JumpableRandomGenerator): Random => {
  const uniform = (): number => uniformFloat64(generator)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const sign = (): number => (uniform() < 0.5 ? -1 : 1)
  const laws = { uniform, normal, sign }
  return {
    ...laws,
    draw: wanted => {
      requireDraw(wanted, Object.keys(laws))
      const { law, shape } = wanted
      const [drawn, next] = [new Float64Array(sizeOf(checkShape(shape, 'draw'))), laws[law]]
      for (let i = 0; i < drawn.length; i++) drawn[i] = next()
      return tensorOf(shape, drawn)
    },
    copy: () => streamOf(generator.clone()),
    position: () => generator.getState(),
  }
}
