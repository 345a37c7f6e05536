/** Text to statements. mathjs says what binds to what; it meets no name, no number and no operator but those that were checked. */
import type { MathNode, OperatorNode } from 'mathjs'
import { nearest } from '../did-you-mean.ts'
import { DomainError, NameError, ShapeError } from '../errors.ts'
import { mathjs } from '../symbols/mathjs.ts'
import { functions, operators } from './evaluate.ts'
import { pointed, type Source } from './position.ts'
import type { Expr, Statement } from './statements.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Words that mean something elsewhere, and would only puzzle as names. */
const strange = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['prototype', 'import', 'eval', 'function', 'Function', 'true', 'false', 'null', 'undefined', 'NaN', 'Infinity'],
])

const name = ({ text, at }: Token, source: Source): Expr => {
  if (strange.has(text))
    throw pointed(NameError, source, at, {
      given: `the name \`${text}\``,
      wanted: 'a name that means nothing else',
      remedy: 'Name it otherwise',
    })
  if (!functions.has(text)) return { kind: 'name', name: text, at }
  throw pointed(NameError, source, at, {
    given: `the function \`${text}\` without an argument`,
    wanted: `${text}(…), or another name`,
    remedy: 'Names of functions name nothing else',
  })
}

const numeral = ({ text, at }: Token, source: Source): Expr => {
  const value = Number(text)
  if (Number.isFinite(value)) return { kind: 'number', value, at }
  throw pointed(DomainError, source, at, {
    given: `the number ${text}`,
    wanted: 'a finite number',
    remedy: 'Write a smaller one',
  })
}

const call = ({ text, at }: Token, args: readonly Expr[], source: Source): Expr => {
  const word = functions.get(text)
  if (!word) {
    const near = text.length > 1 && nearest(text, [...functions.keys()])
    throw pointed(NameError, source, at, {
      given: `no function \`${text}\``,
      wanted: [...functions.keys()].join(', '),
      remedy: near ? `Did you mean \`${near}\`?` : `For a product write ${text}*(…)`,
    })
  }
  const arity = word.manner === 'pair' ? 2 : 1
  if (args.length === arity) return { kind: 'call', f: text, args, at }
  throw pointed(ShapeError, source, at, {
    given: `${text} of ${args.length} arguments`,
    wanted: arity === 1 ? 'one argument' : `${arity} arguments`,
    remedy: `Write ${text}(${['a', 'b'].slice(0, arity).join(', ')})`,
  })
}

/** A part of a statement that mathjs could not place. */
const misplaced = (source: Source, tokens: readonly Token[], token?: Token, message = ''): never => {
  const end = tokens.at(-1) as Token
  const at = token?.at ?? end.at + end.length
  const close = /Parenthesis/.test(message)
  const stray = /Unexpected/.test(message) && token
  throw pointed(DomainError, source, at, {
    given: token ? `\`${token.text}\` in a place where it means nothing` : 'the statement ends too early',
    wanted: close ? 'a `)`' : stray ? 'an operator, or the end of the statement' : 'a number, a name or a `(`',
    remedy: close
      ? 'Close the parenthesis; a function takes what stands between its commas'
      : 'Finish the expression there, or leave the rest out',
  })
}

/** Reads a tree of mathjs back into our own, each part at its place: operators come in the order of the text. */
const reading = (source: Source, tokens: readonly Token[]): ((node: MathNode) => Expr) => {
  const waiting = tokens.filter(({ kind, text }) => kind === 'operator' && !/^[(),]$/.test(text))
  let next = 0
  const tokenOf = (node: { readonly name?: string }): Token => tokens[Number(node.name?.slice(1))] as Token
  const operation = ({ args }: OperatorNode): Expr => {
    const [a, b] = args as [MathNode, MathNode?]
    if (b === undefined) {
      const { text, at } = waiting[next++] as Token
      const inner = read(a)
      return text === '+' ? inner : { kind: 'call', f: 'neg', args: [inner], at }
    }
    const left = read(a)
    const { text, at } = waiting[next++] as Token
    return { kind: 'call', f: text, args: [left, read(b)], at }
  }
  const read = (node: MathNode): Expr => {
    if (node.type === 'ParenthesisNode') return read((node as MathNode & { readonly content: MathNode }).content)
    if (node.type === 'OperatorNode') return operation(node as OperatorNode)
    if (node.type === 'FunctionNode') {
      const { fn, args } = node as MathNode & { readonly fn: { readonly name: string }; readonly args: MathNode[] }
      return call(tokenOf(fn), args.map(read), source)
    }
    const token = tokenOf(node as { readonly name?: string })
    return token.kind === 'number' ? numeral(token, source) : name(token, source)
  }
  return read
}

/** mathjs sees t0, t1, … in place of names and numbers, so that none of them is a unit, a constant or a word of its own. */
const expressionOf = (source: Source, tokens: readonly Token[]): Expr => {
  const starts: number[] = []
  const text = tokens.reduce((before, token, i) => {
    starts.push(before.length)
    return `${before}${token.kind === 'operator' ? token.text : `t${i}`} `
  }, '')
  const node = (() => {
    try {
      return mathjs.parse(text)
    } catch (thrown) {
      const { char, message } = thrown as { readonly char: number; readonly message: string }
      return misplaced(source, tokens, tokens[starts.findIndex(start => start >= char - 1)], message)
    }
  })()
  return reading(source, tokens)(node)
}

const unassigned = (source: Source, tokens: readonly Token[]): never => {
  const [first, second] = tokens as readonly [Token, Token?]
  const equals = tokens.find(({ text }) => text === '=')
  if (first.kind === 'name' && second?.text === '(' && equals)
    throw pointed(DomainError, source, first.at, {
      given: `a definition of a function \`${first.text}(…)\``,
      wanted: 'name = expression',
      remedy: 'Write its expression where it is used',
    })
  throw pointed(DomainError, source, equals?.at ?? first.at, {
    given: equals ? 'no single name to the left of `=`' : 'no assignment',
    wanted: 'name = expression',
    remedy: 'Write h = tanh(W*h + V*x)',
  })
}

const statementOf = (source: Source, tokens: readonly Token[], bare: boolean): Statement => {
  const [first, second] = tokens as readonly [Token, Token?]
  const assigns = first.kind === 'name' && second?.text === '='
  if (!assigns && (!bare || tokens.some(({ text }) => text === '='))) return unassigned(source, tokens)
  const rest = assigns ? tokens.slice(2) : tokens
  const again = rest.find(({ text }) => text === '=')
  if (again)
    throw pointed(DomainError, source, again.at, {
      given: 'a second `=`',
      wanted: 'one assignment a statement, and no comparisons',
      remedy: 'Separate statements with ;',
    })
  if (rest.length === 0) misplaced(source, tokens)
  const expression = expressionOf(source, rest)
  if (!assigns) return { name: '', at: first.at, expression }
  const target = name(first, source)
  return { name: (target as { readonly name: string }).name, at: first.at, expression }
}

const groups = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const found: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'separator') found.push([])
    else found.at(-1)?.push(token)
  }
  return found.filter(group => group.length > 0)
}

/**
 * The statements of a text: `name = expression`, separated by ; or by lines. With `bare`, the last may be an expression alone.
 * Throws a DomainError, NameError or ShapeError that points at the column. Work is bounded: see `limits`.
 */
export const statementsOf = (source: Source, bare = false): readonly Statement[] => {
  const all = groups(tokensOf(source))
  if (all.length === 0)
    throw new DomainError({
      who: source.who,
      given: 'an empty text',
      wanted: 'name = expression',
      remedy: "Write 'h = tanh(W*h + V*x)'",
    })
  return all.map((tokens, i) => statementOf(source, tokens, bare && i === all.length - 1))
}

/** Every operator and function of the language. */
export const vocabulary: readonly string[] = [...operators.keys(), ...functions.keys()]
