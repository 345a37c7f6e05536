/** Arrays by name as numpy.savez and savez_compressed write them: a zip of .npy entries, stored or deflated. */
import { type Arrays, type Dtype, foreign, type Held, type Stored } from './dtype.ts'
import { fromNpy, isNpy, toNpy } from './npy.ts'
import type { Place } from './paths.ts'
import { unzipped, zipped } from './zip.ts'

const suffix = '.npy'

/** What an .npz file holds; it has no words beside it. Throws a DomainError for a zip that is broken. */
export const fromNpz = (place: Place, bytes: Uint8Array): Held => {
  const tensors = unzipped(place, bytes).map(({ name, bytes: unpacked }) => {
    const array = name.endsWith(suffix)
    const tensor = array ? name.slice(0, -suffix.length) : name
    const at = { ...place, tensor }
    const read: Stored = () => {
      const found = unpacked(at)
      return array || isNpy(found) ? fromNpy(at, found) : foreign(at, 'another file')
    }
    return [tensor, read] as const
  })
  return { tensors: new Map(tensors), metadata: {} }
}

/** How an .npz file is written. */
export interface NpzOptions {
  readonly dtype: Dtype
  readonly deflate: boolean
}

/** An .npz file of these arrays; the same arrays give the same bytes. */
export const toNpz = (place: Place, arrays: Arrays, { dtype, deflate }: NpzOptions): Uint8Array => {
  const entries = Object.entries(arrays).map(
    ([tensor, value]) => [`${tensor}${suffix}`, toNpy({ ...place, tensor }, value, dtype)] as const,
  )
  return zipped(place, entries, deflate)
}
