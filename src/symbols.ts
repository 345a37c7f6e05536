/** Symbols: cells and losses from text, equations from programs. Loads mathjs, which the other entries do without. */
export { cell, type FormulaOption, type FormulaOptions } from '../nets/formulas/cell.ts'
export { loss } from '../nets/formulas/loss.ts'
export { type DeriveOptions, derive, type Form } from './derive/derive.ts'
export { tex } from './derive/formula.ts'
