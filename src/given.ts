/** A number as the command line gives it; NaN for what is none, the empty string included. */
export const numberOf = (given: string | number): number => (String(given).trim() === '' ? Number.NaN : Number(given))
