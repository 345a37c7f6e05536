/**
 * Loops moved down into later loops that read what they make: what is passed on stays in registers, and is not stored where nobody
 * else reads it. An operation that stands between, and touches what a loop reads or makes, keeps it where it is.
 */
import { rootOf } from './allocate.ts'
import { isView, type Loop, type Operation } from './operations.ts'
import { isWhole, type Store, type View } from './views.ts'

/** Whether a loop of one nest can take in lanes of another. */
export const meets = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] * a[1] === b[0] * b[1] && (a[0] === 1 || b[0] === 1 || a[0] === b[0])

const viewsRead = (operation: Operation): readonly View[] => {
  if (operation.kind === 'loop') return operation.lanes.flatMap(({ args }) => args)
  return operation.kind === 'host' ? operation.args : operation.args.slice(1).filter(isView)
}

export const written = (operation: Operation): readonly Store[] => {
  if (operation.kind === 'loop') return operation.lanes.map(({ store }) => store)
  const out = operation.kind === 'host' ? operation.out : operation.args[0]!
  return isView(out) ? [out.store] : []
}

/** Whether two stores may share memory: of a port, in frames that may be one row. */
const overlap = (a: Store, b: Store): boolean => {
  const [one, other] = [rootOf(a), rootOf(b)]
  if (one === other) return true
  if (!one.ref || !other.ref || one.ref.port !== other.ref.port) return false
  return (one.ref.frame === 'here') === (other.ref.frame === 'here')
}

export const meet = (some: readonly Store[], others: readonly Store[]): boolean =>
  some.some(a => others.some(b => overlap(a, b)))

export const storesRead = (operation: Operation): readonly Store[] => viewsRead(operation).map(({ store }) => store)

/** Whether an operation may not pass another: one of them writes what the other reads or writes. */
export const depend = (one: Operation, other: Operation): boolean =>
  meet(written(one), [...storesRead(other), ...written(other)]) || meet(storesRead(one), written(other))

/** Whether a later loop takes in an earlier one: it reads what that makes, entry by entry, and disturbs it nowhere. */
const takesIn = (later: Loop, loop: Loop): boolean => {
  const made = new Set(written(loop))
  const views = viewsRead(later)
  const own = views.filter(({ store }) => made.has(store))
  if (own.length === 0 || !meets(later.nest, loop.nest) || !own.every(isWhole)) return false
  const rest = views.filter(({ store }) => !made.has(store)).map(({ store }) => store)
  return !meet([...made], [...rest, ...written(later)]) && !meet(storesRead(loop), written(later))
}

/** Where a loop goes: the first later loop that takes it in, if nothing before it stands in the way; else nowhere. */
const placeOf = (operations: readonly Operation[], loop: Loop, from: number): number | null => {
  for (let at = from + 1; at < operations.length; at++) {
    const later = operations[at]!
    if (later.kind === 'loop' && takesIn(later, loop)) return at
    if (depend(loop, later)) return null
  }
  return null
}

/** Operations with every loop as far down as it may go. */
export const sunk = (operations: readonly Operation[]): readonly Operation[] => {
  const left = [...operations]
  for (let i = left.length - 2; i >= 0; i--) {
    const loop = left[i]!
    if (loop.kind !== 'loop') continue
    const at = placeOf(left, loop, i)
    if (at === null) continue
    const later = left[at] as Loop
    left[at] = {
      kind: 'loop',
      nest: later.nest[0] === 1 ? loop.nest : later.nest,
      lanes: [...loop.lanes, ...later.lanes],
    }
    left.splice(i, 1)
  }
  return left
}
