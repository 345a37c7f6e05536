import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Every file that an entry loads, by its static imports. */
export const graph = (entry: string): ReadonlySet<string> => {
  const [seen, waiting] = [new Set<string>(), [entry]]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    if (!existsSync(file)) continue
    const source = readFileSync(file, 'utf8')
    for (const [, from = ''] of source.matchAll(
      /^(?:import|export)[^'"]*?from ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm,
    ))
      waiting.push(from.startsWith('.') ? resolve(dirname(file), from) : from)
  }
  return seen
}
