/** Rules that only a reproduction needs, each a file that exports one, as `--rule ./x.js` takes it. */
import { fileURLToPath } from 'node:url'

/** The path of a rule of this folder. */
export const ruleFile = (name: 'f-bptt' | 'drawn-dni' | 'drawn-dni-b'): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url))
