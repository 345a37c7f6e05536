/** The files of the only run in a folder, by name, without those that say when and how fast it ran. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '../../src/experiments/files.ts'

export const filesOf = (out: string): ReadonlyMap<string, string> => {
  const [id = ''] = readdirSync(out)
  const names = readdirSync(join(out, id)).filter(name => name !== files.timing && name !== files.previous)
  return new Map(names.map(name => [name, readFileSync(join(out, id, name), 'latin1')]))
}
