import type { Row, Value } from './value.ts'

/** A public function that carries the row it runs, so that proofs and printers can read it. */
export type Operation<F> = F & { readonly primitive: Row }

/** Joins a public function to its row; the table and `prove({ primitives: [mine] })` read the row back. */
export const operation = <F extends (...args: never[]) => Value>(primitive: Row, call: F): Operation<F> =>
  Object.assign(call, { primitive })
