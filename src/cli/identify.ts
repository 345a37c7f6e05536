/** `janus identify`: what somebody's gradient is. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { attempt, type Command } from '../failure.ts'
import { type Identity, identify } from '../identify/index.ts'
import { pageOf } from '../identify/page.ts'
import { readForeign } from '../identify/read.ts'

/** Options as the command line gives them. */
export interface IdentifyOptions {
  readonly model?: string
  readonly alpha?: string
  readonly activation?: string
  readonly output?: string
  readonly loss?: string
  readonly dtype?: string
  readonly json?: boolean
}

const wordsOf = ({ json: _, alpha, dtype, ...words }: IdentifyOptions) => ({
  ...words,
  ...(alpha !== undefined && { alpha: Number(alpha) }),
  ...(dtype !== undefined && { 'foreign.dtype': dtype }),
})

const run = (files: readonly string[], options: IdentifyOptions): readonly Identity[] =>
  files.map((file, i) => {
    const found = identify(readForeign(file, wordsOf(options)))
    console.log(options.json ? JSON.stringify(found) : `${i > 0 ? '\n' : ''}${pageOf(found)}`)
    return found
  })

const unknown = ({ blocks }: Identity): boolean => blocks.some(({ verdict }) => verdict === 'unknown')

/** Prints what the foreign gradient of each file is. Fails with 1 where a block is none of what was tried. */
export const identifyCommand = (files: readonly string[], options: IdentifyOptions): Command =>
  pipe(
    attempt(() => run(files, options)),
    TE.flatMap(all => {
      const without = all.filter(unknown).length
      if (without === 0) return TE.right(undefined)
      return TE.left({ code: 1 as const, message: `identify: ${without} of ${all.length} not identified` })
    }),
  )
