import type { Value } from '../ad/value.ts'
import { transformed } from '../nets/run/scan.ts'
import { feedback } from '../nets/run/transforms.ts'
import { credit } from './bptt.ts'

/**
 * BPTT whose errors enter through B [d, m] instead of the readout: c₋ = (c + B ε) J. Lillicrap et al. 2016. One arrow is
 * replaced; time is still gone through exactly. Throws a ShapeError for a B of another shape.
 */
export const randomFeedback = (B: Value) => transformed(feedback(B))(credit)
