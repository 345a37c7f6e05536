/** The mean of some values, at least one. */
export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
