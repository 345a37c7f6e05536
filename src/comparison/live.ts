/** How a comparison goes on, on stderr: on a terminal a table that is drawn again, elsewhere a line a change. */
import { visible } from '../../ad/visible.ts'
import { cut } from '../display/table.ts'
import type { Ending, Job, Seen } from './messages.ts'
import type { Planned } from './plan.ts'
import type { Watching } from './pool.ts'
import { figureText, secondsText } from './tables.ts'

/** Where output goes, as far as it is asked for. */
export interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** What is shown of a run. */
export type Shown = Pick<Planned, 'group' | 'options'>

interface Row {
  readonly total: number
  readonly runs: number
  done: number
  ended: number
  held: number
  /** Updates that were made here, and the seconds of a worker that they took. */
  made: number
  busy: number
}

const bar = (share: number, width = 16): string => '█'.repeat(Math.round(share * width)).padEnd(width, '░')

/** Seconds until all is done: what is left of each group at its own pace, or at the mean one, over the workers; 0 of them are this process. */
export const timeLeft = (rows: readonly Pick<Row, 'total' | 'done' | 'made' | 'busy'>[], workers: number): number => {
  const [made, busy] = [rows.reduce((sum, row) => sum + row.made, 0), rows.reduce((sum, row) => sum + row.busy, 0)]
  const pace = (row: Pick<Row, 'made' | 'busy'>): number => (row.made > 0 ? row.busy / row.made : busy / made)
  const work = rows.reduce((sum, row) => sum + (row.total - row.done) * pace(row), 0)
  return made === 0 ? Number.NaN : work / Math.max(1, workers)
}

const endingText = (ending: Ending): string => {
  if (ending.is === 'diverged') return `diverged in update ${ending.step}`
  if (ending.is === 'failed') return `failed: ${ending.failure.message}`
  const { state, step, held, wasThere, resumedAt } = ending.outcome
  if (state === 'interrupted') return `stopped after update ${step}`
  const before = wasThere ? ' (was there)' : resumedAt > 0 ? ` (went on from ${resumedAt})` : ''
  return `done, held out ${figureText(held)}${before}`
}

/** Shows what happens to runs; `stop` ends the display. */
export const live = (
  plan: readonly Shown[],
  workers: number,
  terminal: Terminal = process.stderr,
): Watching & { stop(): void } => {
  const rows = new Map<string, Row>()
  for (const { group, options } of plan) {
    const row = rows.get(group) ?? { total: 0, runs: 0, done: 0, ended: 0, held: Number.NaN, made: 0, busy: 0 }
    rows.set(group, { ...row, total: row.total + options.steps, runs: row.runs + 1 })
  }
  const at = new Map<number, { step: number; since: number }>()
  const rowOf = ({ position }: Job): Row => rows.get((plan[position] as Shown).group) as Row
  const nameOf = ({ position }: Job): string => {
    const { group, options } = plan[position] as Shown
    return `${visible(group, '')} seed ${options.seed}`
  }
  let drawn = 0
  const draw = (): void => {
    const wide = Math.min(24, Math.max(...[...rows.keys()].map(name => name.length)))
    const lines = [...rows].map(([name, { total, runs, done, ended, held }]) => {
      const share = total === 0 ? 1 : done / total
      return cut(
        `${cut(visible(name, ''), wide).padEnd(wide)} ${bar(share)} ${String(Math.floor(100 * share)).padStart(3)}%  ${ended}/${runs} runs  ${Number.isNaN(held) ? '' : `held out ${figureText(held)}`}`,
      )
    })
    lines.push(`time left ${secondsText(timeLeft([...rows.values()], workers))}`)
    terminal.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map(line => `\u001b[2K${line}\n`).join('')}`)
    drawn = lines.length
  }
  const above = (line: string): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[J`)
    drawn = 0
    terminal.write(`${line}\n`)
  }
  const timer = terminal.isTTY ? setInterval(draw, 250) : null
  const say = (line: string): void => {
    if (!terminal.isTTY) terminal.write(`${line}\n`)
  }
  const moved = (job: Job, step: number, first: boolean): void => {
    const [row, before] = [rowOf(job), at.get(job.position)]
    const now = performance.now()
    if (before && !first) {
      row.made += Math.max(0, step - before.step)
      row.busy += (now - before.since) / 1000
    }
    row.done += step - (before?.step ?? 0)
    at.set(job.position, { step, since: now })
  }
  return {
    began: job => {
      at.set(job.position, { step: 0, since: performance.now() })
      say(`${nameOf(job)}: begins`)
    },
    seen: (job, { step, held }: Seen) => {
      moved(job, step, (at.get(job.position)?.step ?? 0) === 0)
      if (held !== undefined) rowOf(job).held = held
    },
    ended: (job, ending) => {
      const stopped = ending.is === 'done' && ending.outcome.state === 'interrupted'
      if (!stopped) moved(job, job.steps, true)
      rowOf(job).ended += stopped ? 0 : 1
      if (ending.is === 'done') rowOf(job).held = ending.outcome.held
      if (!terminal.isTTY) say(`${nameOf(job)}: ${endingText(ending)}`)
      else if (ending.is === 'failed' || ending.is === 'diverged') above(`${nameOf(job)}: ${endingText(ending)}`)
    },
    notice: (job, line) => (terminal.isTTY ? above(`${nameOf(job)}: ${line}`) : say(`${nameOf(job)}: ${line}`)),
    stop: () => {
      if (timer === null) return
      clearInterval(timer)
      draw()
    },
  }
}

/** Nothing is shown. */
export const quiet: ReturnType<typeof live> = {
  began: () => {},
  seen: () => {},
  ended: () => {},
  notice: () => {},
  stop: () => {},
}
