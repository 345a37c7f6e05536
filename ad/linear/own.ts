/** The part of a linear map that does not mix units, found by cutting contractions: a leak, an LSTM's cell, a gate's carry. */

import { KindError } from '../errors.ts'
import type { Tape } from '../modes/tape.ts'
import type { Row } from '../value.ts'
import { type Linear, requireMap, type Taped, zero } from './linear.ts'

/** The tape with its contractions cut: what comes out of one depends on nothing that goes in. */
const cut = ({ entries, ...tape }: Tape): Tape => ({
  ...tape,
  entries: entries.map(entry =>
    entry.row.kind === 'contraction' ? { ...entry, from: entry.from.map(() => -1) } : entry,
  ),
})

/** What a number of a program is to its parameters: nothing, a weight that has met no activity yet, or an activity. */
export type Role = null | 'weight' | 'activity'

/** The role of what a primitive makes, from those of its arguments. */
export const roleOf = (kind: Row['kind'], argRoles: readonly Role[]): Role => {
  const meets = kind === 'contraction' && argRoles.includes('weight')
  return argRoles.includes('activity') || meets ? 'activity' : argRoles.includes('weight') ? 'weight' : null
}

/** What each slot of a tape is to the sources. */
const rolesOf = ({ inputs, entries }: Tape, sources: readonly number[]): readonly Role[] => {
  const roles = inputs.map((_, i): Role => (sources.includes(i) ? 'weight' : null))
  for (const { row, from } of entries)
    roles.push(
      roleOf(
        row.kind,
        from.map(slot => roles[slot] ?? null),
      ),
    )
  return roles
}

/**
 * A linear map from parameters, with the contractions of activity cut: what a weight does to the unit it belongs to, and
 * nothing that other units make of it within the timestep (a GRU's reset gate, the layer above). Bellec et al. 2020.
 */
export const local = <A, B>(f: Linear<A, B>): Linear<A, B> => {
  if (f.tag === 'Dense' && f.own) return own(f)
  if (f.tag === 'Scale' || f.tag === 'Masked') return { ...f, arrow: local(f.arrow) }
  if (f.tag !== 'Taped') return f
  const roles = rolesOf(f.tape, f.sources)
  const kept = (slot: number): number => (roles[slot] === 'activity' ? -1 : slot)
  const entries = f.tape.entries.map(entry =>
    entry.row.kind === 'contraction' ? { ...entry, from: entry.from.map(kept) } : entry,
  )
  return { ...f, tape: { ...f.tape, entries } }
}

const refuse = (tag: string): never => {
  throw new KindError({
    who: 'own',
    given: `a ${tag} linear map, whose matrix does not say what came through contractions`,
    wanted: 'a linear map that remembers its steps',
    remedy: 'Take own of the recorded linear map, before it is made dense',
  })
}

/**
 * The own part of a linear map: its tape cut at contractions, so that what a unit does to itself stays and what it hears from
 * others goes. Identity and Zero stay; Sum, Scale, Masked and Compose act on their parts; Outer is a contraction. Throws a
 * KindError for a Sparse linear map, and for a Dense one that does not know its own part.
 */
export const own = <A, B>(f: Linear<A, B>): Linear<A, B> => {
  requireMap('own', f)
  switch (f.tag) {
    case 'Taped':
      return { ...f, tape: cut(f.tape) } satisfies Taped<A, B>
    case 'Identity':
    case 'Zero':
      return f
    case 'Outer':
      return zero(f)
    case 'Sum':
      return { ...f, terms: [own(f.terms[0]), own(f.terms[1])] }
    case 'Scale':
    case 'Masked':
      return { ...f, arrow: own(f.arrow) }
    case 'Compose':
      return { ...f, outer: own(f.outer), inner: own(f.inner) }
    case 'Dense':
      return f.own ? { ...f, matrix: f.own } : refuse(f.tag)
    case 'Sparse':
      return refuse(f.tag)
  }
}
