/** Names for what a step computes on its way: drives, gates, slopes. */
import {
  argumentsOf,
  calleeOf,
  type Expression,
  insideOf,
  keyOf,
  type Mark,
  markOf,
  operandsOf,
  partsIn,
  renamed,
  renaming,
  same,
  symbol,
} from '../../ad/symbols/expression.ts'
import type { Shape } from '../../ad/tensor.ts'

/** A leaf of the parameters or of the state: its symbol, and for a state the one of the timestep before. */
export interface Leaf {
  readonly mark: Mark
  readonly name: Expression
  readonly shape: Shape
}

/** ∂ of each state's leaf by each leaf of what it comes of, as matrices. */
export type Blocks = readonly (readonly Expression[])[]

/** A name, and what it is in terms of other names. */
export interface Definition {
  readonly name: Expression
  readonly is: Expression
}

/** The parameters an expression names itself. */
const paramsIn = (x: Expression, params: readonly Leaf[]): readonly Mark[] =>
  partsIn(x).flatMap(part => {
    const mark = markOf(part)
    return mark && params.some(param => keyOf(param.name) === keyOf(part)) ? [mark] : []
  })

/** What the names of parameters end in, all of them: the gate they belong to. */
const endingOf = (marks: readonly Mark[]): string => {
  const [first, ...others] = marks.map(({ base }) => base)
  if (!first) return ''
  const ends = [...first].map((_, i) => first.slice(i)).filter(end => others.every(base => base.endsWith(end)))
  const end = ends[0] ?? ''
  return others.length > 0 && end !== first && /^\p{L}+$/u.test(end) ? end : ''
}

/** A sum in which a parameter meets an activity. */
const isDrive = (x: Expression, params: readonly Leaf[]): boolean =>
  (operandsOf(x, 'add') ?? []).some(term => operandsOf(term, 'multiply') && paramsIn(term, params).length > 0)

type Names = readonly (readonly [Expression, Expression])[]
const namesOf = (definitions: readonly Definition[]): Names => definitions.map(({ name, is }) => [is, name] as const)

const timed = (base: string, like: readonly Mark[]): Expression => {
  const layer = like[0]?.layer
  return symbol({ base, grade: 'column', time: 0, ...(layer !== undefined && { layer }) })
}

/** u, unless a parameter has that name. */
const driveIn = (params: readonly Leaf[]): string => (params.some(({ mark }) => mark.base === 'u') ? 'a' : 'u')

/** A gate, where the parameters of a drive share an ending: it is named by it; else the drive itself, u. */
const definitionOf = (part: Expression, params: readonly Leaf[]): Definition | null => {
  const drive = calleeOf(part) ? (insideOf(part)[0] as Expression) : part
  if (!isDrive(drive, params)) return null
  const marks = paramsIn(drive, params)
  const end = endingOf(marks)
  if (drive === part) return end ? null : { name: timed(driveIn(params), marks), is: drive }
  return end ? { name: timed(end, marks), is: part } : null
}

/** In the order in which they are needed: what another is made of comes before it. */
const ordered = (definitions: readonly Definition[]): readonly Definition[] => {
  const left = [...definitions]
  const done: Definition[] = []
  while (left.length > 0) {
    const free = left.findIndex(one =>
      left.every(other => other === one || !partsIn(one.is).some(part => keyOf(part) === keyOf(other.name))),
    )
    done.push(...left.splice(Math.max(free, 0), 1))
  }
  return done
}

const isNew = ({ name, is }: Definition, found: readonly Definition[], states: readonly Leaf[]): boolean =>
  !found.some(other => same(other.is, is) || same(other.name, name)) && !states.some(state => same(state.name, name))

/** Drives, gates and states of a step, each in terms of those before it. */
export const definitionsOf = (
  results: readonly Expression[],
  states: readonly Leaf[],
  params: readonly Leaf[],
): readonly Definition[] => {
  const found: Definition[] = []
  for (const part of results.flatMap(result => partsIn(result).slice(0, -1))) {
    const definition = definitionOf(substituted(part, found), params)
    if (definition && isNew(definition, found, states)) found.push(definition)
  }
  const named = states.map(({ name }, i) => ({ name, is: substituted(results[i] as Expression, found) }))
  const short = [...found, ...named].map(({ name, is }, i) => {
    const others = named.filter((other, j) => !markOf(other.is) && (!same(other.is, is) || found.length + j < i))
    return { name, is: renamed(is, namesOf(others)) }
  })
  return ordered(short)
}

/** Writes expressions in terms of names, those in names too. */
export const settling = (definitions: readonly Definition[]): ((x: Expression) => Expression) => {
  const rename = renaming(namesOf(definitions))
  const settle = (x: Expression): Expression => {
    const once = rename(x)
    return same(once, x) ? x : settle(once)
  }
  return settle
}

/** An expression in terms of names, those in names too. */
export const substituted = (x: Expression, definitions: readonly Definition[]): Expression => settling(definitions)(x)

/** Every part of some blocks, in order. */
const all = (blocks: Blocks): readonly Expression[] => blocks.flat().flatMap(partsIn)

/** The gate a diagonal matrix belongs to: that of the matrix after it in a product, or of the parameter whose block it begins. */
const gateOf = (part: Expression, products: readonly Expression[], immediate: Blocks, params: readonly Leaf[]) => {
  for (const whole of products) {
    const factors = operandsOf(whole, 'multiply') ?? []
    const next = factors[factors.findIndex(factor => same(factor, part)) + 1]
    const param = next && factors.some(factor => same(factor, part)) && params.find(({ name }) => same(name, next))
    if (param) return { param: param.mark }
  }
  const begins = (block: Expression): boolean => same(argumentsOf(block, 'kron')?.[0] ?? block, part)
  const row = immediate.findIndex(list => list.some(begins))
  const param = params[immediate[row]?.findIndex(begins) ?? -1]
  return param ? { param: param.mark, row } : null
}

/** The layer of what a matrix is made of, the highest. */
const layerIn = (x: Expression): string | undefined =>
  partsIn(x)
    .flatMap(part => markOf(part)?.layer ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .at(-1)

/** What the names of all parameters that end like this one end in. */
const gateEnding = ({ base }: Mark, params: readonly Leaf[]): string =>
  endingOf(params.map(({ mark }) => mark).filter(mark => mark.base.slice(-1) === base.slice(-1)))

const untimed = ({ base, grade }: Mark): Expression => symbol({ base, grade })

/** Names for the diagonal matrices that occur more than once: D, with the gate they belong to, and the state where it is another. */
export const diagonals = (recurrent: Blocks, immediate: Blocks, states: readonly Leaf[], params: readonly Leaf[]) => {
  const counts = new Map<string, { readonly part: Expression; count: number }>()
  for (const part of [...all(recurrent), ...all(immediate)]) {
    const inner = argumentsOf(part, 'diag')?.[0]
    if (!inner || markOf(inner)) continue
    const known = counts.get(keyOf(part))
    if (known) known.count++
    else counts.set(keyOf(part), { part, count: 1 })
  }
  const products = all(recurrent).filter(whole => operandsOf(whole, 'multiply'))
  const repeated = [...counts.values()].filter(({ count }) => count > 1)
  const definitions: Definition[] = []
  for (const { part } of repeated) {
    const gate = gateOf(part, products, immediate, params)
    const end = gate ? gateEnding(gate.param, params) : ''
    const layer = layerIn(part) ?? (gate?.row === undefined ? undefined : states[gate.row]?.mark.base)
    const names = ['D', 'E', 'F', 'G', 'H', 'K'].map(letter => {
      const base = end ? `${letter}_${end}` : letter
      return symbol({ base, grade: 'matrix', time: 0, ...(layer && states.length > 1 && { layer }) })
    })
    const used = [...definitions.map(({ name }) => name), ...[...states, ...params].map(({ mark }) => untimed(mark))]
    const name = names.find(one => used.every(other => !same(other, one) && !same(other, untimed(markOf(one) as Mark))))
    if (name) definitions.push({ name, is: part })
  }
  return { definitions, rename: renaming(namesOf(definitions)) }
}
