/** The range of an axis, and where a value stands on it. */

export interface Axis {
  readonly type: 'linear' | 'log'
  readonly domain: readonly [low: number, high: number]
}

/** Values so far apart are drawn on a logarithmic axis. */
const wide = 30

/** An axis for some values, with a little room at both ends; what is not finite is left out. */
export const axisFor = (values: readonly number[]): Axis => {
  const finite = values.filter(Number.isFinite)
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  if (finite.length === 0) return { type: 'linear', domain: [0, 1] }
  if (low > 0 && high / low > wide) return { type: 'log', domain: [low / 1.15, high * 1.15] }
  const room = (high - low) * 0.04 || Math.abs(high) * 0.1 || 1
  return { type: 'linear', domain: [low - room, high + room] }
}

/** The place of a value from the top of a plot of some height, inside it. */
export const placeOn = ({ type, domain: [low, high] }: Axis, value: number, height: number): number => {
  const scaled = type === 'log' ? Math.log : (x: number) => x
  const share = (scaled(value) - scaled(low)) / (scaled(high) - scaled(low))
  return height * (1 - Math.min(1, Math.max(0, share)))
}

/** The axis from the least to the largest of some values, at least 0; logarithmic, from the least above 0, where that is asked for. */
export const axisBetween = (values: readonly number[], type: Axis['type']): Axis => {
  const finite = values.filter(value => Number.isFinite(value) && (type === 'linear' || value > 0))
  return finite.length === 0
    ? { type: 'linear', domain: [0, 1] }
    : { type, domain: [Math.min(...finite), Math.max(...finite)] }
}
