/** What a call throws, and words that are held to a file beside the tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { root } from './root.ts'

export const thrownBy = (make: () => unknown): unknown => {
  try {
    return make()
  } catch (error) {
    return error
  }
}

/** Lines are those of a file, in its order; those that are not are shown first, and alone. */
export const heldTo = (t: ExecutionContext, path: string, lines: readonly string[]): void => {
  const wanted = readFileSync(join(root, path), 'utf8').trimEnd().split('\n')
  t.deepEqual(
    lines.filter(line => !wanted.includes(line)),
    [],
  )
  t.deepEqual(lines, wanted)
}
