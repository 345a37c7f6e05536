/** Tests that take long, each one more of a kind: the full effort alone runs them. */
import test, { type Implementation } from 'ava'
import { full, waits } from './effort.ts'

/** A test that only the full effort runs. */
export const long = (title: string, body: Implementation<[]>): void =>
  full ? test.serial(title, body) : test.serial.skip(title + waits, body)

/** What declares one of several like tests: some of them are always run, the others by the full effort. */
export const alwaysIf = (always: boolean): typeof long => (always ? test.serial : long)
