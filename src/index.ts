/** The public surface: two modes of differentiation, networks in time, and the rules that fold them. */
export * from '../ad/index.ts'
export * from '../nets/index.ts'
export * from '../rules/index.ts'
export { type Stepper, stepper } from './display/stepper.ts'
export { family, type Making, type Member, type RuleName, ruleNames } from './family.ts'
