import { DomainError } from '../ad/errors.ts'

/** Refuses what is not a whole number of at least 1, or of another least. Throws a DomainError that says who, what was given and what to do. */
export const requireCount = (who: string, given: string, count: number, remedy: string, least = 1): void => {
  if (Number.isInteger(count) && count >= least) return
  throw new DomainError({ who, given, wanted: `a whole number of at least ${least}`, remedy })
}
