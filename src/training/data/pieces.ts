/** The pieces of a course from where a run stood. */
import type { Example } from '../../../nets/network.ts'
import type { Course } from './kind.ts'
import type { Piece, Place } from './place.ts'

/** What is left of an iterable after so many members; null where nothing is. */
const restOf = <A>(members: Iterable<A>, count: number): Iterable<A> | null => {
  const from = members[Symbol.iterator]()
  for (let i = 0; i < count; i++) from.next()
  const next = from.next()
  if (next.done) return null
  return (function* () {
    yield next.value
    for (let one = from.next(); !one.done; one = from.next()) yield one.value
  })()
}

const isListOfLists = (piece: Piece): piece is readonly (readonly Example[])[] =>
  Array.isArray(piece) && Array.isArray(piece[0])

/** What is left of a piece after so many steps; null where nothing is. */
const rest = (piece: Piece, count: number): Piece | null => {
  if (!Array.isArray(piece)) return restOf(piece as Iterable<Example>, count) as Piece | null
  if (isListOfLists(piece)) return (piece[0]?.length ?? 0) <= count ? null : piece.map(one => one.slice(count))
  const one = piece as readonly Example[]
  return one.length <= count ? null : one.slice(count)
}

/** A piece by its number: what is left of it to learn from, null for nothing; and the whole of it, which says where its streams are. */
export interface Numbered {
  readonly piece: number
  readonly whole: Piece
  readonly left: Piece | null
}

/** The pieces of a course from a place on; those before it are passed by, what is drawn for them being drawn. */
function* walked(course: Course, { piece: at, step }: Place): Generator<Numbered> {
  let piece = -1
  for (const whole of course.pieces()) {
    piece++
    if (piece > at) yield { piece, whole, left: whole }
    else if (piece === at) yield { piece, whole, left: rest(whole, step) }
    else if (!Array.isArray(whole)) for (const _ of whole as Iterable<unknown>);
  }
}

/** The pieces of a course from a place on, without going through those before it where the course knows how. */
export function* piecesFrom(course: Course, at: Place): Generator<Numbered> {
  const onward = course.from?.(at)
  if (!onward) return yield* walked(course, at)
  let piece = at.piece
  for (const whole of onward) {
    yield { piece, whole, left: piece === at.piece ? rest(whole, 0) : whole }
    piece++
  }
}
