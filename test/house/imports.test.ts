import { join } from 'node:path'
import test from 'ava'
import { graph } from '../graph.ts'
import { built } from '../root.ts'

test('only the entry for symbols loads mathjs; the others, and the commands, do without it', t => {
  const loads = (entry: string): boolean => [...graph(join(built, entry))].some(file => /^mathjs/.test(file))
  t.true(loads('src/symbols.js'))
  for (const entry of [
    'src/index.js',
    'ad/index.js',
    'nets/index.js',
    'rules/index.js',
    'src/cli/train.js',
    'src/cli/spectrum.js',
    'src/cli/generate.js',
  ])
    t.false(loads(entry), entry)
})
