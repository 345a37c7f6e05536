/** The mutants of a program: small changes of one expression each, that a test should notice. */
import { type AnyNode, type Node, parse } from 'acorn'
import { fullAncestor } from 'acorn-walk'

/** One change: the characters from start to end, and what stands there instead. */
export interface Change {
  readonly start: number
  readonly end: number
  readonly original: string
  readonly mutated: string
}

const operators: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '/=': ['*='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
}

/** Functions whose two arguments may be swapped for nothing but the last digit. */
const commutative =
  /(^|\.)(add|addValues|plus|sumMaps|mul|times|max|min|maximum|minimum|hypot|equal|dot|imul|sameShape|same)$/
const guard = /^(require|check|assert|refuse)[A-Z]/

type Text = (node: Node) => string

/** A number by another: 0 by 1, a whole number by the next, a fraction by its double. */
const otherNumber = (x: number): string => String(Number.isInteger(x) ? x + 1 : 2 * x)

/** A binary expression with another operator; an operand that would bind otherwise is kept in parentheses. */
const withOperator = (left: Node, operator: string, right: Node, text: Text): readonly string[] =>
  (operators[operator] ?? []).map(other =>
    other.endsWith('=') && operator.length === 2 && '+-*/'.includes(operator[0] ?? '')
      ? `${text(left)} ${other} ${text(right)}`
      : `(${text(left)}) ${other} (${text(right)})`,
  )

const calls = (node: Extract<AnyNode, { type: 'CallExpression' }>, parent: AnyNode, text: Text): readonly string[] => {
  const name = text(node.callee)
  const [first, second, ...rest] = node.arguments
  const removed = guard.test(name) && parent.type === 'ExpressionStatement' ? ['undefined'] : []
  if (!first || !second || first.type === 'SpreadElement' || second.type === 'SpreadElement') return removed
  if (commutative.test(name) || text(first) === text(second)) return removed
  return [...removed, `${name}(${[second, first, ...rest].map(text).join(', ')})`]
}

/** A condition: of a guard, that it never refuses; of a choice, the other way. */
const condition = (node: AnyNode, parent: AnyNode, text: Text): readonly string[] => {
  if (parent.type === 'ConditionalExpression' && parent.test === node) return [`!(${text(node)})`]
  if (parent.type !== 'IfStatement' || parent.test !== node) return []
  const { consequent } = parent
  const [only] = consequent.type === 'BlockStatement' ? consequent.body : [consequent]
  return only?.type === 'ThrowStatement' ? ['false'] : [`!(${text(node)})`]
}

const own = (node: AnyNode, parent: AnyNode, text: Text): readonly string[] => {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return withOperator(node.left, node.operator, node.right, text)
    case 'UnaryExpression':
      return node.operator === '-' || node.operator === '!' ? [`(${text(node.argument)})`] : []
    case 'Literal':
      return typeof node.value === 'number' ? [otherNumber(node.value)] : []
    case 'CallExpression':
      return calls(node, parent, text)
    default:
      return []
  }
}

/** Where propositions try a primitive, and the year of a paper: of the program itself nothing changes with them. */
const isData = (node: AnyNode): boolean =>
  node.type === 'Property' && node.key.type === 'Identifier' && /^(specimens|domain|whole|year)$/.test(node.key.name)

/** What only words an error or says where something is tried, and what parentheses would cut out of an optional chain, is left as it is. */
const leftAlone = (node: AnyNode, ancestors: readonly AnyNode[]): boolean => {
  const parent = ancestors.at(-2)
  const isHead =
    (parent?.type === 'MemberExpression' && parent.object === node) ||
    (parent?.type === 'CallExpression' && parent.callee === node)
  return (
    (isHead && ancestors.some(({ type }) => type === 'ChainExpression')) ||
    ancestors.some(
      one => isData(one) || one.type === 'ThrowStatement' || (one.type === 'NewExpression' && isError(one.callee)),
    )
  )
}

const isError = (callee: AnyNode): boolean => callee.type === 'Identifier' && callee.name.endsWith('Error')

/** Every mutant of a module, in the order of its text. Arithmetic, comparisons, conditions, numbers, swapped arguments, guards. */
export const mutantsOf = (source: string): readonly Change[] => {
  const text: Text = ({ start, end }) => source.slice(start, end)
  const found = new Map<string, Change>()
  fullAncestor(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (visited, _, path) => {
    // acorn-walk types its nodes without their fields
    const [node, ancestors] = [visited as AnyNode, path as AnyNode[]]
    const parent = ancestors.at(-2)
    if (parent === undefined || leftAlone(node, ancestors)) return
    const { start, end } = node
    for (const mutated of new Set([...own(node, parent, text), ...condition(node, parent, text)]))
      found.set(`${start} ${end} ${mutated}`, { start, end, original: text(node), mutated })
  })
  return [...found.values()].sort((a, b) => a.start - b.start || b.end - a.end)
}
