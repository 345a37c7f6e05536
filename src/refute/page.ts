/** What a search for a difference found, as lines of 80 columns. */
import { hanging } from '../wrap.ts'
import type { Counterexample, Refutation } from './index.ts'
import type { Parting } from './parting.ts'
import type { Freedom, Tried } from './search.ts'

const six = (x: number): string => String(Number(x.toPrecision(6)))

const figures = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] as string).length)))
  return rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ')}`.trimEnd())
}

/** What is 0 but for rounding. */
const cleaned = (xs: readonly number[], all: readonly number[]): readonly number[] => {
  const least = 1e-12 * all.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return xs.map(x => (Math.abs(x) < least ? 0 : x))
}

const results = (a: string, b: string, { names, first, second }: Counterexample): readonly string[] => {
  const [own, other] = [first, second].map(xs => cleaned(xs, [...first, ...second]).map(six)) as [string[], string[]]
  const rows = names.map((name, i) => [name, own[i] ?? '', other[i] ?? '', own[i] === other[i] ? '' : '<'])
  return figures([['gradient of', a, b, ''], ...rows])
}

/** A vector to six digits, its numbers that are 0 at both ends left out of it only where it is long. */
const vector = (xs: readonly number[]): string => `[${xs.map(six).join(', ')}]`

const parted = (a: string, b: string, parting: Parting): readonly string[] => {
  if ('s' in parting) {
    const { t, s, first, second } = parting
    const where = `They part first at t = ${t}, s = ${s}: what the loss of step ${t} charges the parameters used at step ${s}.`
    return [hanging('', where), hanging(`  ${a}: `, vector(first)), hanging(`  ${b}: `, vector(second))]
  }
  if ('t' in parting)
    return [hanging('', `They part first in what they emit at t = ${parting.t}; by pairs: ${parting.reason}`)]
  return [hanging('', `No pair (t, s) can be named: ${parting.reason}`)]
}

const words: Readonly<Record<Freedom, string>> = {
  'not 0': 'must not be 0, else free',
  matters: 'matter: with other values they may agree',
  anything: 'may be anything',
}

const freedom = ({ numbers }: Counterexample): readonly string[] =>
  (Object.keys(words) as Freedom[]).flatMap(may => {
    const names = numbers.filter(entry => entry.may === may).map(({ name }) => name)
    return names.length === 0 ? [] : [hanging('  ', `${words[may]}: ${names.join('; ')}`)]
  })

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const found = (a: string, b: string, one: Counterexample, tried: readonly Tried[]): readonly string[] => {
  const count = one.numbers.filter(({ value }) => value !== 0).length
  const smaller = tried.slice(0, -1).reduce((sum, { networks }) => sum + networks, 0)
  const least = one.proven ? 'no choice of fewer does' : 'fewer were not all tried'
  return [
    hanging('', `${a} and ${b} differ${one.part === 'start' ? ' on the initial state alone' : ''}.`),
    '',
    hanging(
      '',
      `Smallest network found: ${plural(one.units, 'unit')}, ${plural(one.steps, 'step')}, ${plural(count, 'number')} not 0 (${least}). On ${plural(smaller, 'network')} of smaller sizes they agree.`,
    ),
    hanging('  ', one.words),
    '',
    ...results(a, b, one),
    '',
    ...parted(a, b, one.parting),
    '',
    'Of its numbers:',
    ...freedom(one),
    ...(one.draws.length > 0
      ? ['', hanging('', `${one.draws.join(' and ')} draws: these are the results of one draw, by the seed.`)]
      : []),
  ]
}

const sizes = (tried: readonly Tried[]): string => {
  const units = Math.max(...tried.map(one => one.units))
  const steps = Math.max(...tried.map(one => one.steps))
  const count = tried.reduce((sum, one) => sum + one.networks, 0)
  return `${plural(count, 'network')}: ${tried[0]?.networks ?? 0} of each size from 1 to ${plural(units, 'unit')} and 1 to ${plural(steps, 'step')}`
}

const none = (a: string, b: string, { tried, sameProgram }: Refutation): readonly string[] => [
  hanging('', `No network was found on which ${a} and ${b} differ. Tried: ${sizes(tried)}, no number of them 0.`),
  hanging(
    '',
    sameProgram === true
      ? 'Both trace to the same equations: they are the same program.'
      : sameProgram === false
        ? 'They trace to different equations: they may be two ways to one result, or differ where no network was tried.'
        : 'One of them looks at numbers and cannot be traced, so that their equations were not compared.',
  ),
]

/** The page of a search. */
export const pageOf = (a: string, b: string, refutation: Refutation): string =>
  (refutation.counterexample ? found(a, b, refutation.counterexample, refutation.tried) : none(a, b, refutation)).join(
    '\n',
  )
