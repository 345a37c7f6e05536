/** `janus rules`: the registry as a table, and a rule in a file of the user's own beside it. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Facts } from '../../nets/run/rule.ts'
import { factsOf, type RuleFacts, registry, ruleNames } from '../../rules/index.ts'
import { type Command, type Failure, failed } from '../failure.ts'
import { chooseRule } from '../rule-choice.ts'
import type { RuleChoice } from '../rule-named.ts'

/** What is listed of a rule: all that is known of those of the registry, of others what they say. */
type Listed = Facts & Partial<RuleFacts>

const heads = ['rule', 'faces', 'keeps', 'as', 'is', 'a step'] as const
const widths = [21, 6, 20, 12, 8, 8] as const

/** The parts of the table, in its order: what each changes of the exact gradient. */
const parts = {
  nothing: 'nothing is changed',
  replaces: 'a linear map is replaced',
  'remembers less': 'less of the influence is remembered',
  bootstraps: 'the end of the fold is a prediction',
} as const satisfies { readonly [K in RuleFacts['changes']]: string }

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd()

const unknown = '-'
const row = ({ name, faces, both, keeps, structure, exactness, cost }: Listed): string =>
  line([
    `  ${name}`,
    both ? 'both' : faces,
    keeps ?? unknown,
    structure ?? unknown,
    exactness ?? unknown,
    cost?.time ?? unknown,
  ])

const known: readonly RuleFacts[] = ruleNames.map(name => factsOf(registry[name]))

const table = (own: readonly Listed[]): readonly string[] => [
  ...Object.entries(parts).flatMap(([changes, title]) => [
    '',
    title,
    ...[...known, ...own].filter(rule => rule.changes === changes).map(row),
  ]),
  ...own.filter(({ changes }) => changes === undefined).flatMap(rule => ['', 'of your own', row(rule)]),
]

/** What the table leaves out: what --k sets, where it runs, its paper. */
const note = ({ name, papers, count, options, eager }: Listed): string => {
  const paper = papers ? `${papers[0].authors} ${papers[0].year}` : 'no paper'
  const counts = count && options ? `; --k: ${options[count.option]?.means}` : ''
  return `  ${name.padEnd(19)} ${paper}${counts}${eager ? '; eager' : ''}`
}

const legend = [
  'faces   past: a left fold of pushes, learns as time goes on; future: a right',
  '        fold of pulls, put in windows to learn online',
  'as      the tensor that the influence M [d, |θ|] is kept as: dense; sparse, by a',
  "        mask; own units, of a weight's own unit alone; one outer or Kronecker",
  '        product, or k of them; own units and rank k; none',
  'is      exact, unbiased (its mean is the gradient) or biased; diagonal serves',
  '        only cells whose units do not depend on each other (lru, rtu,',
  '        elstm, min-gru)',
  'a step  operations for d units of the leaky network, p inputs to a unit',
]

const print = (own: readonly Listed[], json: boolean): void => {
  if (json) for (const rule of [...known, ...own]) console.log(JSON.stringify(rule))
  else {
    console.log([line(heads), ...table(own)].join('\n'))
    console.log(['', ...legend, '', ...[...known, ...own].map(note)].join('\n'))
  }
}

/** Prints the rules by the names that `janus train --rule` takes, and the one in a file if it is given. */
export const rules = ({ json = false, rule }: { readonly json?: boolean; readonly rule?: string }): Command =>
  pipe(
    TE.fromTask<E.Either<readonly Error[], RuleChoice> | null, Failure>(async () =>
      rule === undefined ? null : chooseRule(rule),
    ),
    TE.flatMapEither(
      (found): E.Either<Failure, readonly Listed[]> =>
        found === null
          ? E.right([])
          : pipe(
              found,
              E.mapLeft(failed),
              E.map(({ facts }) => (known.some(({ name }) => name === facts.name) ? [] : [facts])),
            ),
    ),
    TE.map(own => print(own, json)),
  )
