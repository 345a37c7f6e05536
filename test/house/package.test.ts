import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { built, root } from '../root.ts'

interface Locked {
  readonly integrity?: string
  readonly engines?: { readonly node?: string }
}

const json = <A>(path: string): A => JSON.parse(readFileSync(join(root, path), 'utf8')) as A
const locked = Object.entries(json<{ readonly packages: Record<string, Locked> }>('package-lock.json').packages)
const manifest = json<{
  readonly main: string
  readonly types: string
  readonly exports: Record<string, { readonly types: string; readonly default: string } | string>
  readonly scripts: Record<string, string>
}>('package.json')

/** Whether no alternative of a range of versions of Node begins at 20 or below; above 20, >= 18 and ^20.19 are alternatives. */
const leavesOut20 = (range: string): boolean => range.split('||').every(one => Number(/\d+/.exec(one)?.[0] ?? 0) > 20)

test('every package of the lock file has its integrity', t => {
  t.deepEqual(
    locked.filter(([name, { integrity }]) => name !== '' && !integrity).map(([name]) => name),
    [],
  )
})

test('no package of the lock file leaves out Node 20, which npm would warn of', t => {
  t.deepEqual(
    locked.filter(([, { engines }]) => leavesOut20(engines?.node ?? '>=0')).map(([name]) => name),
    [],
  )
  t.true(leavesOut20('>=22.12.0'))
  t.false(leavesOut20('^20.19 || ^22.20') || leavesOut20('18 || 20 || >=22') || leavesOut20('>= 8'))
})

test('the entries of the package are files that are built, for old resolvers too', t => {
  const { '.': entry, ...more } = manifest.exports as Record<string, { types: string; default: string }>
  t.deepEqual([manifest.main, manifest.types], [entry?.default, entry?.types])
  for (const { types, default: file } of Object.values(more).filter(one => typeof one !== 'string'))
    for (const path of [types, file]) t.true(existsSync(join(root, path ?? '')), path)
})

test('who installs the package builds nothing, and who packs it does', t => {
  t.is(manifest.scripts.prepack, 'npm run --silent build')
  for (const name of ['prepare', 'install', 'postinstall']) t.false(name in manifest.scripts, name)
})

test('source maps carry their sources, which the package leaves out', t => {
  const maps = readdirSync(join(built, 'ad'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.map'),
  )
  t.true(maps.length > 10)
  for (const name of maps) t.truthy(JSON.parse(readFileSync(join(built, 'ad', name), 'utf8')).sourcesContent?.[0], name)
})
