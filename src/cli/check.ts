/** `janus check`: recomputes gradient cases, and compares them with what they expect. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Engine } from '../../ad/compiler/engine.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { type Computed, differs, type Expected, type Found, type Gap, gaps, isTensor } from '../cases/compare.ts'
import type { Solution } from '../cases/models/model.ts'
import { line, type Outcome, printed, type Report, type Ruled } from '../cases/report.ts'
import type { RuleName } from '../cases/schema.ts'
import { load, type Source } from '../cases/source.ts'
import { engineNamed } from '../engine.ts'
import { attempt, type Command, type Failure, failureOf } from '../failure.ts'

const tensorsOf = (found: Found): readonly Tensor[] => {
  if (found === null) return []
  if (isTensor(found)) return [found]
  return Object.values(found).flatMap(tensorsOf)
}

/** What overflowed or is 0/0, under its name; JSON could not even write it. */
const strange = (name: string, found: Computed | null): readonly string[] =>
  Object.entries(found ?? {})
    .filter(([, value]) => tensorsOf(value).some(({ data }) => !data.every(Number.isFinite)))
    .map(([key]) => `${name}${key}`)

const ruledBy = ({ answer }: Solution, { read, args }: Source): readonly Ruled[] =>
  (read.given.rules ?? []).map(({ rule, args: given, expected }, i) => ({
    rule,
    args: args[i],
    computed: answer(rule as RuleName, given, gradsOf(expected as Expected)),
  }))

/** The gradients that a rule's expected answer names. */
const gradsOf = (expected: Expected): readonly string[] => Object.keys((expected as { grads?: object })?.grads ?? {})

const ruleGaps = (rules: readonly Ruled[], { read: { given } }: Source): readonly Gap[] =>
  rules.flatMap(({ rule, computed: found }, i) =>
    found ? gaps(found, given.rules?.[i]?.expected as Expected, `rules[${i}] ${rule}`) : [],
  )

const reportOf = (source: Source, engine: Engine): Report => {
  const { given, model } = source.read
  const solution = model.solution(given, engine)
  const rules = ruledBy(solution, source)
  const missing = rules.filter(rule => !rule.computed).map(({ rule }) => rule)
  return {
    id: given.id,
    computed: solution.computed,
    rules,
    unsupported: [...new Set(missing)],
    gaps: [...gaps(solution.computed, given.expected as Expected), ...ruleGaps(rules, source)],
  }
}

const finite = (file: string, report: Report): Outcome => {
  const names = [
    ...strange('', report.computed),
    ...report.rules.flatMap(({ rule, computed: found }, i) => strange(`rules[${i}] ${rule}.`, found)),
  ]
  if (names.length === 0) return E.right(report)
  const error = `check: ${file}: not finite: ${names.join(', ')}; wanted finite numbers. Scale the parameters or data down.`
  return E.left({ file, error })
}

/** A file's outcome; what only the computation finds is the file's too, so that the files after it are checked as well. */
const outcomeOf = (file: string, engine: Engine): Outcome => {
  const source = load(file)
  if (E.isLeft(source)) return E.left({ file, error: source.left })
  try {
    return finite(file, reportOf(source.right, engine))
  } catch (thrown) {
    return E.left({ file, error: `check: ${file}: ${failureOf(thrown).message}` })
  }
}

const counted = (n: number, what: string): readonly string[] => (n > 0 ? [`${n} ${what}`] : [])

/** The verdict on all files. 1: something differs; 2: something could not be used, or not wholly. */
const verdict = (outcomes: readonly Outcome[]): E.Either<Failure, void> => {
  const reports = outcomes.filter(E.isRight).map(({ right }) => right)
  const different = reports.filter(report => report.gaps.some(differs)).length
  const lacking = reports.filter(report => report.unsupported.length > 0).length
  const all = `${outcomes.length} case${outcomes.length === 1 ? '' : 's'}`
  const faults = [
    ...counted(different, different === 1 ? 'differs' : 'differ'),
    ...counted(outcomes.length - reports.length, 'unusable'),
    ...counted(lacking, 'with parts not supported yet'),
  ]
  if (faults.length === 0) return E.right(undefined)
  return E.left({ message: `of ${all}, ${faults.join(', ')}`, code: different > 0 ? 1 : 2 })
}

export interface CheckOptions {
  readonly json?: boolean
  readonly engine?: string
}

/**
 * Recomputes cases and compares: |a - b| ≤ 1e-9 max(1, max|b|) in every array. A line per file, or with `json` a JSON
 * object per file. Fails with 1 if anything differs, else with 2 if anything could not be used or is not supported.
 */
export const check = (files: readonly string[], { json = false, engine }: CheckOptions): Command =>
  pipe(
    engineNamed(engine),
    TE.flatMap(found =>
      attempt(() =>
        files.map(file => {
          const outcome = outcomeOf(file, found)
          if (json) console.log(line(outcome))
          else printed(outcome)
          return outcome
        }),
      ),
    ),
    TE.chainEitherK(verdict),
  )
