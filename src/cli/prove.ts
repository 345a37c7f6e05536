import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import {
  decide,
  type Effort,
  type Erratum,
  find,
  type Judged,
  type Proposition,
  propositions,
} from '../../proofs/index.ts'
import { attempt, type Command } from '../failure.ts'
import { orThrow, reader, wholeFrom } from '../options.ts'
import { ownFile, type Wanted } from '../own-file.ts'
import { folded, hanging } from '../wrap.ts'
import { entry, erratumOf, pagesOf, plainly } from './errata.ts'
import { keep, keepCase, placesOf } from './kept.ts'

/** What the command line says: words to look for, random cases a proposition, and their seed. */
export interface ProveOptions {
  readonly pattern?: string | undefined
  readonly runs?: string | number
  readonly seed?: string | number
  readonly json?: boolean
  /** A file of claims of one's own, decided in place of ours. */
  readonly file?: string
}

const { number } = reader('prove')

/** Below a claim, within 80 columns; a line that begins with two spaces goes on where the one before it ended. */
const indent = (text: string): string =>
  text
    .replaceAll(/\n {2}(?=\S)/g, ' ')
    .split('\n')
    .map(line => folded(line, 72).join('\n        '))
    .map(line => `      ${line}`)
    .join('\n')

/** A line for what was decided, two for a long claim, and the shrunk counterexample below a refutation or a failure. */
export const report = (d: Judged): string => {
  const mark = d.passed ? d.verdict : 'FAILED'
  const figures = `${d.worst.toExponential(0).padStart(6)} ${String(d.runs).padStart(5)}`
  const below = [d.error, d.counterexample].filter(text => text !== undefined)
  return [
    hanging(`${mark.padEnd(8)}${figures}  `, d.claim),
    ...below.map(indent),
    // on one line, to be copied
    ...(d.passed ? [] : [`      ${replay(d)}`]),
  ].join('\n')
}

const heading = '          worst  runs  claim\n'

const replay = ({ claim, seed, tries }: Judged): string =>
  `replay: janus prove ${JSON.stringify(claim)} --seed ${seed} --runs ${tries}`

const isClaim = (x: unknown): x is Proposition =>
  typeof x === 'object' && x !== null && 'claim' in x && 'forAll' in x && 'residual' in x && 'verdict' in x

const ownClaims: Wanted<Proposition | readonly Proposition[]> = {
  what: 'list of claims',
  is: (x): x is Proposition | readonly Proposition[] =>
    isClaim(x) || (Array.isArray(x) && x.length > 0 && x.every(isClaim)),
  example: "export const claims = [equation({ claim, forAll, sides, within: 1e-9, verdict: 'holds' })]",
  docs: 'docs/own-rule.md',
}

/** The claims of a file. */
const claimsIn = async (path: string): Promise<readonly Proposition[]> => {
  const { value } = orThrow(await ownFile(ownClaims, path))
  return isClaim(value) ? [value] : value
}

const choose = async ({ pattern, runs, seed = 1, file }: ProveOptions) => {
  const from = orThrow(number('seed', seed, wholeFrom(0, 1)))
  const choice = {
    ...(pattern === undefined ? {} : { pattern }),
    ...(runs === undefined ? {} : { runs: orThrow(number('runs', runs, wholeFrom(1, 100))) }),
    seed: from,
    ...(file === undefined ? {} : { claims: await claimsIn(file) }),
  }
  const pages = file === undefined ? pagesOf(pattern) : []
  if (find(choice).length > 0 || pages.length > 0) return { ...choice, pages }
  const storeys = Object.keys(propositions)
  const near = nearest(pattern ?? '', storeys)
  throw new NameError({
    who: 'prove',
    given: `no proposition has '${pattern}' in its claim or storey`,
    wanted: 'some words of a claim',
    remedy: near
      ? `Did you mean \`${near}\`?`
      : `Leave the pattern out to decide them all; the storeys are ${storeys.join(', ')}`,
  })
}

/** `janus prove [pattern]`: decides every proposition, a line each; fails when one is not as it claims. */
export const prove = (options: ProveOptions): Command =>
  pipe(
    attempt(() => run(options)),
    TE.flatMap(failed =>
      failed === 0 ? TE.right(undefined) : TE.left({ message: `${failed} not as claimed`, code: 1 as const }),
    ),
  )

/** What is printed under one heading: claims with their storeys, and the erratum they are about where errata are asked for. */
interface Part {
  readonly erratum?: Erratum
  readonly claims: readonly (readonly [storey: string, proposition: Proposition])[]
}

const partsOf = ({ pages, ...choice }: Awaited<ReturnType<typeof choose>>): readonly Part[] => {
  if (pages.length === 0) return [{ claims: find(choice) }]
  return pages.map(({ erratum, claims }) => ({ erratum, claims: claims.map(one => ['errata', one] as const) }))
}

/** A decision for a machine to read, with the erratum it is about. */
const written = (decision: Judged): string => {
  const erratum = erratumOf(decision.claim)
  return JSON.stringify({
    ...decision,
    ...(decision.passed ? {} : { replay: replay(decision) }),
    ...(decision.storey === 'errata' && erratum ? { erratum: plainly(erratum) } : {}),
  })
}

/** What stands before the claims of a part: its erratum; for a machine, only where no claim has it. */
const opening = ({ erratum, claims }: Part, json: boolean | undefined): readonly string[] => {
  if (!erratum) return []
  if (!json) return [`\n${entry(erratum)}`]
  return claims.length > 0 ? [] : [JSON.stringify({ storey: 'errata', erratum: plainly(erratum) })]
}

/** Decides a proposition, what refuted it in earlier runs first; what refutes it now is kept. */
const decided = (storey: string, proposition: Proposition, choice: Effort) => {
  let found: unknown
  const replay = placesOf(proposition.claim)
  const onCounterexample = (one: unknown): void => {
    found = one
  }
  const effort = { ...choice, replay, onCounterexample }
  const decision = { storey, ...decide(proposition, effort) }
  const file = decision.passed ? undefined : keep(decision)
  const asCase = file && keepCase(file, found, proposition.claim)
  return { ...decision, ...(file && { kept: file }), ...(asCase && { case: asCase }) }
}

/** Where a counterexample is kept, and its case. */
const keptLines = ({ replayed = 0, kept, case: found }: ReturnType<typeof decided>): string =>
  [
    ...(replayed > 0 ? [`      decided first: ${replayed} kept`] : []),
    ...(kept ? [`      kept: ${kept}`] : []),
    ...(found ? [`      case: janus check ${found}`] : []),
  ]
    .map(line => `\n${line}`)
    .join('')

const run = async (options: ProveOptions): Promise<number> => {
  const choice = await choose(options)
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  const parts = partsOf(choice)
  let storey = ''
  let [passed, failed] = [0, 0]
  if (!options.json && parts[0]?.erratum) {
    storey = 'errata'
    print(`${heading}${storey}`)
  }
  for (const part of parts) {
    opening(part, options.json).forEach(print)
    for (const [here, proposition] of part.claims) {
      if (!options.json && here !== storey) print(`${storey ? '\n' : heading}${here}`)
      storey = here
      const decision = decided(storey, proposition, choice)
      print(options.json ? written(decision) : `${report(decision)}${keptLines(decision)}`)
      if (decision.passed) passed++
      else failed++
    }
  }
  if (!options.json && passed + failed > 0) print(`\n${passed} decided as claimed, ${failed} not (seed ${choice.seed})`)
  return failed
}
