/** The random numbers of numpy's RandomState, which published programs draw their tasks from. */
import { mersenne } from 'pure-rand/generator/mersenne'

/** 53 bits in [0, 1), normals by the polar method (Marsaglia & Bray 1964), the second of a pair first, and the last bit of 32. */
export const randomState = (seed: number): { uniform(): number; normal(): number; bit(): number } => {
  const generator = mersenne(seed)
  const uniform = (): number => {
    const [high, low] = [generator.next() >>> 5, generator.next() >>> 6]
    return (high * 2 ** 26 + low) / 2 ** 53
  }
  let kept: number | null = null
  const normal = (): number => {
    if (kept !== null) {
      const last = kept
      kept = null
      return last
    }
    let [x, y, square] = [0, 0, 0]
    while (square >= 1 || square === 0) {
      x = 2 * uniform() - 1
      y = 2 * uniform() - 1
      square = x * x + y * y
    }
    const scale = Math.sqrt((-2 * Math.log(square)) / square)
    kept = scale * x
    return scale * y
  }
  return { uniform, normal, bit: () => generator.next() & 1 }
}
