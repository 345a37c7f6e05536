import { DomainError } from '../ad/errors.ts'

/** Refuses what is not a whole number of at least 1. Throws a DomainError that says who, what was given and what to do. */
export const requireCount = (who: string, given: string, count: number, remedy: string): void => {
  if (Number.isInteger(count) && count >= 1) return
  throw new DomainError({ who, given, wanted: 'a whole number of at least 1', remedy })
}
