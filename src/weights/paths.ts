/** Where a mistake in a file of arrays is: what every message of reading and writing begins with. */
import { DomainError, type JanusError, ShapeError } from '../../ad/errors.ts'

/** Who reads or writes, which file, and which tensor in it where it is known. */
export interface Place {
  readonly who: 'readArrays' | 'readMetadata' | 'writeArrays' | 'checkpoint'
  readonly file: string
  readonly tensor?: string
}

const given = ({ file, tensor }: Place, what: string): string =>
  tensor === undefined ? `'${file}' ${what}` : `tensor '${tensor}' of '${file}' ${what}`

/** A file or tensor that is not as its format says, or that its format cannot hold. */
export const invalidFile = (place: Place, what: string, wanted: string, remedy: string): JanusError =>
  new DomainError({ who: place.who, given: given(place, what), wanted, remedy })

/** Numbers that do not fill their shape, or more than fill it. */
export const misshapen = (place: Place, what: string, wanted: string, remedy: string): JanusError =>
  new ShapeError({ who: place.who, given: given(place, what), wanted, remedy })

/** What another's code threw, in a line. */
export const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The remedy for a file that did not come through whole. */
export const again = 'Copy or save the file again'
