/** The registry of reproductions, in the order in which a budget is spent. */
import type { Reproduction } from './reproduction.ts'
import { rfloPeriodic } from './rflo-periodic.ts'

export const reproductions: readonly Reproduction[] = [rfloPeriodic]
