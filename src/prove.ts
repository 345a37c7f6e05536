import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError, NameError } from '../ad/errors.ts'
import { prove as decisions, find, type Judged, propositions } from '../proofs/index.ts'
import { attempt, type Command } from './failure.ts'
import { numberOf } from './given.ts'

/** What the command line says: words to look for, random cases a proposition, and their seed. */
export interface ProveOptions {
  readonly pattern?: string
  readonly runs?: string | number
  readonly seed?: string | number
  readonly json?: boolean
}

const whole = (name: string, given: string | number | undefined, low: number): number | undefined => {
  if (given === undefined) return undefined
  const value = numberOf(given)
  if (Number.isSafeInteger(value) && value >= low) return value
  throw new DomainError({
    who: 'prove',
    given: `--${name} ${given}`,
    wanted: `a whole number of at least ${low}`,
    remedy: `Try --${name} ${name === 'seed' ? 1 : 100}`,
  })
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map(line => `      ${line}`)
    .join('\n')

/** One line for what was decided, and the shrunk counterexample below a refutation or a failure. */
const report = (d: Judged): string => {
  const mark = d.passed ? d.verdict : 'FAILED'
  const figures = `${d.worst.toExponential(0).padStart(6)} ${String(d.runs).padStart(5)}`
  const below = [d.error, d.counterexample].filter(text => text !== undefined)
  return [
    `${mark.padEnd(8)}${figures}  ${d.claim}`,
    ...below.map(indent),
    ...(d.passed ? [] : [indent(replay(d))]),
  ].join('\n')
}

const heading = '          worst  runs  claim\n'

const replay = ({ claim, seed, tries }: Judged): string =>
  `replay: janus prove ${JSON.stringify(claim)} --seed ${seed} --runs ${tries}`

const choose = ({ pattern, runs, seed }: ProveOptions) => {
  const [many, from] = [whole('runs', runs, 1), whole('seed', seed, 0)]
  const choice = {
    ...(pattern === undefined ? {} : { pattern }),
    ...(many === undefined ? {} : { runs: many }),
    seed: from ?? 1,
  }
  if (find(choice).length > 0) return choice
  throw new NameError({
    who: 'prove',
    given: `no proposition has '${pattern}' in its claim or storey`,
    wanted: 'some words of a claim',
    remedy: `Leave the pattern out to decide them all; the storeys are ${Object.keys(propositions).join(', ')}`,
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

const run = (options: ProveOptions): number => {
  const choice = choose(options)
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  let storey = ''
  let [passed, failed] = [0, 0]
  for (const decision of decisions(choice)) {
    if (!options.json && decision.storey !== storey) print(`${storey ? '\n' : heading}${decision.storey}`)
    storey = decision.storey
    print(
      options.json
        ? JSON.stringify({ ...decision, ...(decision.passed ? {} : { replay: replay(decision) }) })
        : report(decision),
    )
    if (decision.passed) passed++
    else failed++
  }
  if (!options.json) print(`\n${passed} decided as claimed, ${failed} not (seed ${choice.seed})`)
  return failed
}
