/** `janus cite`: the papers that rules and tasks come from, as BibTeX. */
import * as A from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { getSemigroup } from 'fp-ts/lib/ReadonlyArray.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { JanusError } from '../../ad/errors.ts'
import type { Paper } from '../../rules/index.ts'
import { type Command, type Failure, failed } from '../failure.ts'
import { type Checked, reader } from '../options.ts'
import { chooseRule } from '../rule-choice.ts'
import { chooseTask } from '../training/tasks/choice.ts'

/** Surnames as BibTeX has them: 'Cho & Savin' is 'Cho and Savin', 'Roth et al.' is 'Roth and others'. */
const authorsOf = (authors: string): string => authors.replace(/ et al\.$/, ' and others').replace(/, | & /g, ' and ')

const small = /^(a|an|the|on|of|in)$/i

/** First author, year and first word of the title: marschall2020unified. */
const keyOf = ({ authors, year, title }: Paper): string => {
  const plain = (text: string): string =>
    text
      .normalize('NFD')
      .replace(/[^a-z]/gi, '')
      .toLowerCase()
  const word = title.split(/[\s-]+/).find(part => !small.test(part)) ?? ''
  return `${plain(authors.split(/[\s,]/)[0] ?? '')}${year}${plain(word)}`
}

/** What an identifier says: an arXiv number, a DOI, a repository, or a venue. */
const fieldsOf = (id: string): readonly (readonly [field: string, value: string])[] => {
  const [, scheme = '', value = ''] = /^(arXiv|doi|github):(.*)$/.exec(id) ?? []
  if (scheme === 'arXiv')
    return [
      ['eprint', value],
      ['archivePrefix', 'arXiv'],
    ]
  if (scheme === 'doi') return [['doi', value]]
  if (scheme === 'github') return [['url', `https://github.com/${value}`]]
  return [['journal', id]]
}

/** One paper as BibTeX; capitals inside a title's words are kept. */
export const bibtex = (paper: Paper, key = keyOf(paper)): string => {
  const fields = fieldsOf(paper.id)
  const title = paper.title.replace(/\b\w*[a-zA-Z]*[A-Z]\w*/g, (word, at: number) =>
    at > 0 || /..*[A-Z]/.test(word) ? `{${word}}` : word,
  )
  const all = [['author', authorsOf(paper.authors)], ['title', title], ['year', String(paper.year)], ...fields]
  const kind = fields.some(([field]) => field === 'doi' || field === 'journal') ? 'article' : 'misc'
  return [`@${kind}{${key},`, ...all.map(([field, value]) => `  ${field} = {${value}},`), '}'].join('\n')
}

/** Papers once each, keys made different by letters where two are alike. */
const entries = (papers: readonly Paper[]): readonly string[] => {
  const once = papers.filter(
    (paper, i) => papers.findIndex(({ id, title }) => id === paper.id && title === paper.title) === i,
  )
  return once.map((paper, i) => {
    const before = once.slice(0, i).filter(other => keyOf(other) === keyOf(paper)).length
    return bibtex(paper, before === 0 ? keyOf(paper) : `${keyOf(paper)}${String.fromCharCode(97 + before)}`)
  })
}

/** Names separated by commas, not by those inside parentheses. */
const namesIn = (list: string | undefined): readonly string[] =>
  (list ?? '')
    .split(/,(?![^(]*\))/)
    .map(name => name.trim())
    .filter(name => name !== '')

const everyProblem = E.getApplicativeValidation(getSemigroup<JanusError>())

/** The papers of some names. Left: every name that is not known. */
const papersOf = async (
  names: readonly string[],
  find: (name: string) => Promise<Checked<readonly Paper[]>>,
): Promise<Checked<readonly Paper[]>> =>
  pipe(await Promise.all(names.map(find)), RA.sequence(everyProblem), E.map(RA.flatten))

const ofRule = async (name: string): Promise<Checked<readonly Paper[]>> =>
  E.map(({ facts }: { readonly facts: { readonly papers?: readonly Paper[] } }) => facts.papers ?? [])(
    await chooseRule(name),
  )
const ofTask = async (name: string): Promise<Checked<readonly Paper[]>> =>
  E.map(({ task }: { readonly task: { readonly papers: readonly Paper[] } }) => task.papers)(await chooseTask(name))

const { refuse } = reader('cite')

/** Prints the papers of rules and tasks as BibTeX, each once. */
export const cite = ({ rule, task }: { readonly rule?: string; readonly task?: string }): Command => {
  const [rules, tasks] = [namesIn(rule), namesIn(task)]
  if (rules.length + tasks.length === 0)
    return TE.fromEither(
      E.mapLeft(failed)(refuse('neither --rule nor --task', 'one of them', 'Try --rule uoro,rtrl --task add')),
    )
  return pipe(
    TE.fromTask<Checked<readonly Paper[]>, Failure>(async () =>
      pipe(
        A.sequenceT(everyProblem)(await papersOf(rules, ofRule), await papersOf(tasks, ofTask)),
        E.map(([some, others]) => [...some, ...others]),
      ),
    ),
    TE.flatMapEither(E.mapLeft(failed)),
    TE.map(papers => console.log(entries(papers).join('\n\n'))),
  )
}
