/** Short names of contents. */
import { createHash } from 'node:crypto'

/** The first 12 hex digits of SHA-256. */
export const shortDigest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 12)
