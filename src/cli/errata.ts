/** `janus prove errata`: what the source texts say, what they should say, and where the two part. */
import { errata } from '../../proofs/errata/index.ts'
import { type Erratum, find, type Proposition } from '../../proofs/index.ts'
import { hanging, width } from '../wrap.ts'

/** An erratum and those of its claims that are to be decided. */
export interface Page {
  readonly erratum: Erratum
  readonly claims: readonly Proposition[]
}

/** The pages that a pattern opens: by the word errata, an id, a kind, or words of a claim; none where other claims have it too. */
export const pagesOf = (pattern = ''): readonly Page[] => {
  const found = find({ pattern })
  if (pattern === '' || found.some(([storey]) => storey !== 'errata')) return []
  const wanted = pattern.toLowerCase()
  const chosen = new Set(found.map(([, { claim }]) => claim))
  const claimsOf = ({ id, kind, proofs }: Erratum) =>
    `errata ${id} ${kind}`.includes(wanted) ? proofs : proofs.filter(({ claim }) => chosen.has(claim))
  return errata
    .map(erratum => ({ erratum, claims: claimsOf(erratum) }))
    .filter(({ erratum: { id, kind }, claims }) => claims.length > 0 || `errata ${id} ${kind}`.includes(wanted))
}

const byClaim = new Map(errata.flatMap(erratum => erratum.proofs.map(({ claim }) => [claim, erratum])))
/** The erratum that a claim is about. */
export const erratumOf = (claim: string): Erratum | undefined => byClaim.get(claim)

/** An erratum without what decides it, its figures computed. */
export const plainly = ({ proofs: _, figures, ...words }: Erratum) => ({
  ...words,
  figures: figures.map(({ of, digits, value }) => ({ of, digits, value: value() })),
})

const decimals = (digits: string): number => digits.split('.')[1]?.length ?? 0
const kinds = { misprint: 'misprint', hypothesis: 'missing hypothesis', wording: 'wording', remark: 'remark' } as const
const field = (name: string, text: string): string => hanging(`  ${name.padEnd(11)}`, text)

/** The erratum in words, and its figures, computed: within 80 columns. */
export const entry = ({ id, kind, figures, proofs, ...words }: Erratum): string => {
  const computed = figures.map(({ of, digits, value }) => [value().toFixed(decimals(digits)), of] as const)
  const widest = Math.max(...computed.map(([figure]) => width(figure)))
  return [
    `${id}  ${kinds[kind]}`,
    field('source', words.quote),
    field('in English', words.gloss),
    field('printed', words.printed),
    field('corrected', words.corrected),
    field('because', words.because),
    ...computed.map(([figure, of], i) => field(i === 0 ? 'figures' : '', `${figure.padStart(widest)}  ${of}`)),
    ...(proofs.length > 0 ? [] : [field('decided', 'by reading alone; there is nothing to prove')]),
  ].join('\n')
}
