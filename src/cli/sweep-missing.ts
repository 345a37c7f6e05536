/** `janus missing`: what of a sweep is to be submitted again, and why. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { attempt, type Command, failed } from '../failure.ts'
import type { Given } from '../options.ts'
import { arrayOf } from '../sweeps/array.ts'
import { baseOf } from '../sweeps/selection.ts'
import { isMissing, isOver, type Standing, standsOf, whyOf } from '../sweeps/stand.ts'
import { sweepIn } from '../sweeps/sweep.ts'

interface Asked {
  readonly indexBase?: Given
  readonly out?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

const summary = (standings: readonly Standing[]): string => {
  const [missing, running] = [
    standings.filter(isMissing).length,
    standings.filter(({ stand }) => stand.is === 'running').length,
  ]
  const parts = [`${standings.filter(isOver).length} of ${standings.length} runs are done`]
  if (running > 0) parts.push(`${running} running, which ${running === 1 ? 'is' : 'are'} not to be submitted again`)
  parts.push(missing === 0 ? 'nothing is missing' : `${missing} missing`)
  return `${parts.join('; ')}.`
}

const line = (standing: Standing): string => `${standing.run.position}  ${standing.run.id}  ${whyOf(standing)}`

const objectOf = (standing: Standing): object => {
  const { run, stand } = standing
  return { position: run.position, id: run.id, state: stand.is, why: whyOf(standing) }
}

const print = (standings: readonly Standing[], base: number, { json, quiet }: Asked): void => {
  const open = standings.filter(one => !isOver(one))
  const array = arrayOf(
    standings.filter(isMissing).map(({ run }) => run.position),
    base,
  )
  if (!quiet && !json) process.stderr.write(`${[...open.map(line), summary(standings)].join('\n')}\n`)
  if (json) console.log(JSON.stringify({ array, runs: standings.length, missing: open.map(objectOf) }))
  else if (array !== '') console.log(array)
}

export const missing = (path: string, asked: Asked): Command =>
  pipe(
    TE.fromEither(pipe(baseOf(asked.indexBase, 'missing'), E.mapLeft(failed))),
    TE.bindTo('base'),
    TE.bind('runs', () => sweepIn(path)),
    TE.flatMap(({ base, runs }) => attempt(() => print(standsOf(asked.out || 'runs', runs), base, asked))),
  )
