/** Vectors made orthonormal, their lengths kept separately as logarithms, so that long products neither overflow nor underflow. */

export type Vector = Float64Array
export type Logs = readonly number[]

/** Vectors without their lengths: directions of length 1, or 0 where nothing is left, and log-lengths. */
export interface Scaled {
  readonly directions: readonly Vector[]
  readonly logs: Logs
}

export const dot = (a: Vector, b: Vector): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** a ← x a + y b. */
export const mix = (a: Vector, x: number, b: Vector, y: number): void => {
  for (let i = 0; i < a.length; i++) a[i] = x * (a[i] as number) + y * (b[i] as number)
}

export const divided = (v: Vector, length: number): number => {
  if (length > 0) for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) / length
  return Math.log(length)
}

/** Makes a vector as long as 1 and returns the logarithm of what it was; a zero vector stays, with -∞. */
export const normalise = (v: Vector): number => divided(v, Math.hypot(...v))

/** Q and log R_ii of vectors = R Q by Gram & Schmidt, done twice (Giraud et al. 2005); R_ii > 0, so a normal matrix gives a Haar Q. */
export const orthonormal = (vectors: readonly Vector[]): Scaled => {
  const directions: Vector[] = []
  const logs = vectors.map(vector => {
    const v = vector.slice()
    const log = normalise(v)
    for (const q of [...directions, ...directions]) mix(v, 1, q, -dot(v, q))
    directions.push(v)
    return log + normalise(v)
  })
  return { directions, logs }
}
