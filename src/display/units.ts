/** Sizes and counts as people write them, to three digits that count. */

const scaled = (x: number, step: number, units: readonly string[]): string => {
  const power = x > 0 ? Math.min(units.length - 1, Math.max(0, Math.floor(Math.log(x) / Math.log(step)))) : 0
  return `${Number((x / step ** power).toPrecision(3))}${units[power]}`
}

/** Bytes: 34.4 kB. */
export const bytesText = (bytes: number): string => scaled(bytes, 1000, [' B', ' kB', ' MB', ' GB', ' TB'])

/** Counts likewise: 1.2 M. */
export const countText = (count: number): string => scaled(count, 1000, ['', ' k', ' M', ' G', ' T', ' P'])
