/** Packages that only the bench uses, found beside its package.json: nothing else of the project knows them. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Absent } from './engine.ts'

// dist/bench keeps the folder structure, so the bench itself lies two folders up.
const bench = createRequire(new URL('../../bench/package.json', import.meta.url))

/** A package, or why it is not here. The caller says what it uses of it. */
export const packaged = <P>(name: string): P | Absent => {
  try {
    return bench(name) as P
  } catch (error) {
    const missing = (error as { code?: string }).code === 'MODULE_NOT_FOUND'
    return { absent: missing ? `${name} is not installed: npm ci --prefix bench` : `${name}: ${firstLine(error)}` }
  }
}

/** The version of a package that is installed; many do not export their facts, so the file is read. */
export const versionOf = (name: string): string | undefined => {
  try {
    const file = new URL(`../../bench/node_modules/${name}/package.json`, import.meta.url)
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
