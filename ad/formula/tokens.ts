/** A text cut into numbers, names and operators, and nothing else: whatever is not on the list is refused where it stands. */
import { DomainError, KindError } from '../errors.ts'
import { pointed, type Source } from './position.ts'

export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'separator'
  /** What it says; ⊙ reads `.*`, − reads `-`. */
  readonly text: string
  /** Where it begins in the source, and how many characters it has there. */
  readonly at: number
  readonly length: number
}

/** The most characters a text may have, and the deepest that parentheses, signs and powers may stand in one another. */
export const limits = { length: 4000, depth: 40 } as const

const number = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y
const name = /[A-Za-z_\p{Script=Greek}][\w\p{Script=Greek}₀-₉]*/uy
const operator = /\.\*|\.\/|\.\^|[-+*/^(),=⊙−]/y
const same: ReadonlyMap<string, string> = new Map([
  ['⊙', '.*'],
  ['−', '-'],
])

/** What people write that has no meaning here. */
const refused: readonly (readonly [characters: string, what: string, remedy: string])[] = [
  ['[]', 'brackets: no indexing and no matrices of numbers', 'Name a parameter; its shape is found'],
  ['{}', 'braces: no objects and no blocks', 'Write name = expression'],
  ['"\'`', 'a quotation mark: no strings', 'Write names without quotation marks'],
  [':', 'a colon: no ranges', 'Use sum or mean over all entries'],
  ['?<>!&|', 'a comparison or a condition', 'Use relu, sign or abs'],
  ['.', 'a dot that belongs to no number and to no operator: no property access', 'Write .* ./ or .^'],
  ['%', 'a percent sign', 'Divide by 100'],
  ['#', 'a comment', 'Leave it out'],
]

const wanted = 'numbers, names, + - * / ^ .* ./ .^ ⊙ and parentheses'

const refuse = (source: Source, at: number): never => {
  const character = String.fromCodePoint(source.text.codePointAt(at) as number)
  const [, what, remedy] = refused.find(([characters]) => characters.includes(character)) ?? []
  const shown = /^[\p{Cc}\p{Cf}\p{Z}]$/u.test(character) ? JSON.stringify(character) : `\`${character}\``
  throw pointed(DomainError, source, at, {
    given: what ?? `the character ${shown}`,
    wanted,
    remedy: remedy ?? 'Leave it out',
  })
}

const matched = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

const tokenAt = (source: Source, at: number): Token => {
  const { text } = source
  const kinds = { number, name, operator }
  for (const [kind, pattern] of Object.entries(kinds) as [keyof typeof kinds, RegExp][]) {
    const found = matched(pattern, text, at)
    if (found !== undefined) return { kind, text: same.get(found) ?? found, at, length: found.length }
  }
  if (text[at] === ';' || text[at] === '\n') return { kind: 'separator', text: text[at], at, length: 1 }
  return refuse(source, at)
}

const checkText = ({ who, text }: Source): void => {
  if (typeof text !== 'string')
    throw new KindError({ who, given: typeof text, wanted: 'a text', remedy: "Write 'h = tanh(W*h + V*x)'" })
  if (text.length <= limits.length) return
  throw new DomainError({
    who,
    given: `a text of ${text.length} characters`,
    wanted: `at most ${limits.length}`,
    remedy: 'Write a larger network as a function: cell({ params, state }, (θ, s, x) => …)',
  })
}

const startsValue = ({ kind, text }: Token): boolean => kind === 'number' || kind === 'name' || text === '('
const endsValue = ({ kind, text }: Token): boolean => kind === 'number' || kind === 'name' || text === ')'

/** Two values side by side: mathjs would multiply them. A name before a parenthesis is a call. */
const checkNeighbours = (source: Source, before: Token | undefined, token: Token): void => {
  if (!before || !endsValue(before) || !startsValue(token)) return
  if (before.kind === 'name' && token.text === '(') return
  throw pointed(DomainError, source, token.at, {
    given: `no operator between \`${before.text}\` and \`${token.text}\``,
    wanted: 'an operator between values; there are no units',
    remedy: 'Write * for a product, .* or ⊙ for one entry by entry',
  })
}

type Depth = readonly [open: number, chain: number]

/** Open parentheses, and signs and powers that stand in one another: what a parser's own stack must hold. */
const deeper = (source: Source, token: Token, [open, chain]: Depth, prefix: boolean): Depth => {
  if (token.kind === 'separator') return [0, 0]
  const nesting = token.text === '^' || token.text === '.^' || (prefix && /^[-+]$/.test(token.text))
  const next = [
    open + Number(token.text === '(') - Number(token.text === ')'),
    nesting ? chain + 1 : token.kind === 'operator' && !/^[()]$/.test(token.text) ? 0 : chain,
  ] as const
  if (next[0] + next[1] <= limits.depth) return next
  throw pointed(DomainError, source, token.at, {
    given: `more than ${limits.depth} parentheses, signs and powers inside one another`,
    wanted: `at most ${limits.depth}`,
    remedy: 'Give an inner part a name: u = …; h = tanh(u)',
  })
}

/** A line's end ends a statement, unless a parenthesis is open or an operator waits for its other side. */
const goesOn = (token: Token, before: Token | undefined, open: number): boolean =>
  token.text === '\n' && (open > 0 || (before?.kind === 'operator' && before.text !== ')'))

const checkSeparator = (source: Source, token: Token, open: number): void => {
  if (token.kind !== 'separator' || open <= 0) return
  throw pointed(DomainError, source, token.at, {
    given: `\`;\` inside ${open === 1 ? 'a parenthesis' : `${open} parentheses`}`,
    wanted: 'a `)` before the statement ends',
    remedy: 'Close the parenthesis',
  })
}

/** The tokens of a text. Throws a DomainError at the first place that is no part of the language, or that is too much of it. */
export const tokensOf = (source: Source): readonly Token[] => {
  checkText(source)
  const tokens: Token[] = []
  let depth: Depth = [0, 0]
  for (let at = 0; at < source.text.length; ) {
    const blank = matched(/[ \t\r]+/y, source.text, at)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const token = tokenAt(source, at)
    at += token.length
    const before = tokens.at(-1)
    if (goesOn(token, before, depth[0])) continue
    checkSeparator(source, token, depth[0])
    checkNeighbours(source, before, token)
    depth = deeper(source, token, depth, !before || !endsValue(before))
    tokens.push(token)
  }
  return tokens
}
