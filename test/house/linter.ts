/** The linter of the layers: reads every import and holds it to the table. `npm run lint` runs it after biome. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { root } from '../root.ts'
import { packages, storeys } from './layers.ts'

/** Where a file stands: its storey, and its room by number. */
interface Place {
  readonly storey: number
  readonly room: number
}

const above = Number.POSITIVE_INFINITY

/** The place of a file; a room of '*' holds what is in no other. */
const placeOf = (file: string): Place => {
  const [storeyName = '', first = '', ...more] = file.replace(/\.ts$/, '').split('/')
  const storey = storeys.findIndex(({ name }) => name === storeyName)
  const rooms = storeys[storey]?.rooms ?? []
  const room = rooms.findIndex(one =>
    more.length > 0 ? one === first : typeof one !== 'string' && one.includes(first),
  )
  const rest = more.length > 0 ? -1 : rooms.findIndex(one => typeof one !== 'string' && one.includes('*'))
  return { storey: storey < 0 ? above : storey, room: room < 0 ? rest : room }
}

const imports = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  )

const belongs = (file: string, home: string): boolean => file.startsWith(`${home}/`)

/** What is wrong with one import of a file, if anything. */
const faultOf = (file: string, name: string): string | null => {
  if (!name.startsWith('.')) {
    const homes = packages[name.split('/')[0] ?? '']
    return homes && !homes.some(home => belongs(file, home))
      ? `${file} imports ${name}, which belongs to ${homes}`
      : null
  }
  const target = normalize(join(dirname(file), name))
  const [from, to] = [placeOf(file), placeOf(target)]
  const allowed = to.storey < from.storey || (to.storey === from.storey && to.room <= from.room)
  return allowed ? null : `${file} imports ${target}, which stands on it`
}

/** The sources of a storey; the kernels are of another language. */
const sources = (storey: string): readonly string[] =>
  readdirSync(join(root, storey), { recursive: true, encoding: 'utf8' })
    .map(name => `${storey}/${name}`)
    .filter(file => file.endsWith('.ts') && !file.startsWith('ad/kernels/') && !file.endsWith('.d.ts'))

/** Every fault of the house: imports that go up, and files that stand in no room. */
export const faults = (): readonly string[] => {
  return storeys
    .flatMap(({ name }) => sources(name))
    .flatMap(file => [
      ...(placeOf(file).room < 0 ? [`${file} stands in no room`] : []),
      ...imports(file).flatMap(name => faultOf(file, name) ?? []),
    ])
}

const found = faults()
for (const fault of found) console.error(fault)
if (found.length > 0) {
  console.error(`${found.length} imports against the order of test/house/layers.ts`)
  process.exitCode = 1
}
