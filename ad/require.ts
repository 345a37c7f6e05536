import { nearest } from './did-you-mean.ts'
import { DomainError, KindError, NameError } from './errors.ts'

/** Refuses what is not a whole number of at least 1, or of another least. Throws a DomainError that says who, what was given and what to do. */
export const requireCount = (who: string, given: string, count: number, remedy: string, least = 1): void => {
  if (Number.isInteger(count) && count >= least) return
  throw new DomainError({ who, given, wanted: `a whole number of at least ${least}`, remedy })
}

/** Refuses what is no finite number. Throws a DomainError. */
export const requireNumber = (who: string, name: string, x: unknown, remedy: string): void => {
  if (typeof x === 'number' && Number.isFinite(x)) return
  throw new DomainError({
    who,
    given: `${name} = ${typeof x === 'string' ? `'${x}'` : String(x)}`,
    wanted: 'a finite number',
    remedy,
  })
}

/** Refuses a text, which another entry reads: this one does without a parser. */
export const refuseText = (who: 'cell' | 'loss', given: unknown): void => {
  if (typeof given !== 'string') return
  throw new KindError({
    who,
    given: `the text '${given.slice(0, 40)}'`,
    wanted: 'a function of values',
    remedy: `import { ${who} } from 'janusgrad/symbols' reads texts; at the prompt symbols.${who}('…')`,
  })
}

/** Refuses options that are no record, or of names that are not known. Throws a KindError or a NameError with did-you-mean. */
export const requireNames = (who: string, options: unknown, known: readonly string[]): void => {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new KindError({
      who,
      given: `options ${JSON.stringify(options) ?? String(options)}`,
      wanted: known.length === 0 ? 'no options' : `a record of ${known.join(', ')}`,
      remedy: 'Options are named: { name: value }',
    })
  const other = Object.keys(options).find(name => !known.includes(name))
  if (other === undefined) return
  const near = nearest(other, known)
  throw new NameError({
    who,
    given: `an option ${other}`,
    wanted: known.length === 0 ? 'no options' : known.join(', '),
    remedy: near === undefined ? 'Leave it out' : `Did you mean ${near}?`,
  })
}
