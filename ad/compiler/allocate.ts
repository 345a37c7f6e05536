/** Where the places of a stage lie: those that are never alive together share memory. */
import { isView, type Lane, type Operation } from './operations.ts'
import type { Store, View } from './views.ts'

/** The place that a store is a stretch of in the end. */
export const rootOf = (store: Store): Store => (store.within ? rootOf(store.within.store) : store)

/** Where in that place a view begins. */
export const offsetIn = ({ store, at }: View): number => {
  let total = at
  for (let one = store; one.within; one = one.within.store) total += one.within.at
  return total
}

/** Whether a lane finds an argument in a register of its own loop. */
export const inRegister = (view: View, lanes: readonly Lane[]): boolean =>
  view.store.lane === true && lanes.some(lane => lane.store === view.store)

const readBy = (operation: Operation): readonly View[] => {
  if (operation.kind === 'host') return operation.args
  if (operation.kind === 'call') return operation.args.slice(1).filter(isView)
  return operation.lanes.flatMap(({ args }) => args.filter(view => !inRegister(view, operation.lanes)))
}

const writtenBy = (operation: Operation): readonly Store[] => {
  if (operation.kind === 'host') return [operation.out.store]
  if (operation.kind === 'call')
    return operation.args
      .slice(0, 1)
      .filter(isView)
      .map(({ store }) => store)
  return operation.lanes.map(({ store }) => store).filter(store => store.stored)
}

interface Life {
  readonly first: number
  readonly last: number
}

/** From the first operation that touches each place of the stage's own to the last; those that are touched first come first. */
const lives = (operations: readonly Operation[]): ReadonlyMap<Store, Life> => {
  const found = new Map<Store, Life>()
  for (const operation of operations) for (const { store } of readBy(operation)) store.stored = true
  operations.forEach((operation, i) => {
    for (const store of [...readBy(operation).map(view => view.store), ...writtenBy(operation)]) {
      const root = rootOf(store)
      if (!root.ref && !root.constant) found.set(root, { first: found.get(root)?.first ?? i, last: i })
    }
  })
  return found
}

interface Gap {
  readonly at: number
  readonly size: number
}

const rounded = (size: number): number => Math.ceil(size / 4) * 4

/** Gaps with one more, joined to its neighbours. */
const joined = (gaps: readonly Gap[], gap: Gap): readonly Gap[] =>
  [...gaps, gap]
    .sort((a, b) => a.at - b.at)
    .reduce<Gap[]>((done, { at, size }) => {
      const last = done.at(-1)
      if (last && last.at + last.size === at) done[done.length - 1] = { at: last.at, size: last.size + size }
      else done.push({ at, size })
      return done
    }, [])

/** Settles where every place of a stage lies, counted in numbers, and says how many numbers they take together. */
export const allocate = (operations: readonly Operation[]): number => {
  let [gaps, top]: [readonly Gap[], number] = [[], 0]
  let held: [Store, Life][] = []
  for (const [store, life] of lives(operations)) {
    for (const [old, { last }] of held)
      if (last < life.first) gaps = joined(gaps, { at: old.at!, size: rounded(old.size) })
    held = [...held.filter(([, { last }]) => last >= life.first), [store, life]]
    const size = rounded(store.size)
    const gap = gaps.find(one => one.size >= size)
    store.at = gap ? gap.at : top
    if (gap) gaps = gaps.flatMap(one => (one !== gap ? [one] : [{ at: gap.at + size, size: gap.size - size }]))
    else top += size
  }
  return top
}
