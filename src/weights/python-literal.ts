/** A literal of Python as headers of .npy have it: texts, numbers (also 3L of Python 2), True, False, None, tuples, lists, dictionaries. */

/** What a literal says; tuples are lists, and undefined is what is no literal. */
export type Literal = string | number | boolean | null | readonly Literal[] | ReadonlyMap<Literal, Literal> | undefined

const token = /\s*(?:([bu]?'[^'\\]*'|[bu]?"[^"\\]*")|(\d+)[Ll]?(?![\w.])|(True|False|None)\b|([[\](){},:]))/y
const words: { readonly [word: string]: Literal } = { True: true, False: false, None: null }

interface Token {
  readonly value?: Literal
  readonly mark?: string
}

/** The tokens of a text; undefined where something else stands in it. */
const tokensOf = (text: string): readonly Token[] | undefined => {
  const found: Token[] = []
  token.lastIndex = 0
  for (let end = text.trimEnd().length; token.lastIndex < end; ) {
    const [, quoted, digits, word, mark] = token.exec(text) ?? []
    if (quoted !== undefined) found.push({ value: quoted.replace(/^[bu]/, '').slice(1, -1) })
    else if (digits !== undefined) found.push({ value: Number(digits) })
    else if (word !== undefined) found.push({ value: words[word] })
    else if (mark !== undefined) found.push({ mark })
    else return undefined
  }
  return found
}

/** Headers nest no deeper: a dictionary of a list of records of shapes. */
const deepest = 16
const closing: { readonly [open: string]: string } = { '(': ')', '[': ']', '{': '}' }

/** What a text says as a literal; undefined where it is none. In time that is linear in its length. */
export const literal = (text: string): Literal => {
  const tokens = tokensOf(text)
  if (!tokens) return undefined
  let at = 0
  const accept = (mark: string): boolean => tokens[at]?.mark === mark && ++at > 0
  const listOf = <A>(close: string, one: () => A | undefined): readonly A[] | undefined => {
    const all: A[] = []
    while (!accept(close)) {
      const next = one()
      if (next === undefined || (tokens[at]?.mark !== close && !accept(','))) return undefined
      all.push(next)
    }
    return all
  }
  const read = (depth: number): Literal => {
    const now = tokens[at++]
    const close = closing[now?.mark ?? '']
    if (!close) return now?.value
    if (depth === deepest) return undefined
    if (close !== '}') return listOf(close, () => read(depth + 1))
    const pairs = listOf(close, (): readonly [Literal, Literal] | undefined => {
      const [key, colon, value] = [read(depth + 1), accept(':'), read(depth + 1)]
      return key === undefined || !colon || value === undefined ? undefined : [key, value]
    })
    return pairs && new Map(pairs)
  }
  const found = read(0)
  return at === tokens.length ? found : undefined
}
