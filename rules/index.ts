/** Learning rules: what a moment is worth. One file a rule. */
export * from './bptt.ts'
export * from './deltas.ts'
export * from './double.ts'
export * from './rtrl.ts'
export * from './tbptt.ts'
