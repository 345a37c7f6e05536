/** Other immediate derivatives than B = D ⊗ z of a leaky network: another D, or another z. */
import type { LinearStep } from '../linear-run.ts'
import { entrywise, type Matrix, product, type Row, row, scaled } from '../matrix.ts'
import { leak, listed, ofLeaky, type Variant, where } from './variant.ts'

/** Units, presynaptic inputs. */
const sizes = ({ drive }: LinearStep): readonly [d: number, p: number] => [
  drive?.post[0]?.length ?? 0,
  drive?.pre.length ?? 0,
]

/** The unit and the presynaptic input of each parameter, in order W_rec [d, d], W_in [d, n], b_rec [d]; nothing for the start. */
const places = (now: LinearStep): readonly (readonly [unit: number, input: number] | undefined)[] => {
  const [d, p] = sizes(now)
  const groups = [[0, d] as const, [d, p - d - 1] as const, [p - 1, 1] as const]
  const list = groups.flatMap(([first, width]) =>
    Array.from({ length: d * width }, (_, i) => [Math.floor(i / width), first + (i % width)] as const),
  )
  return (now.B[0] ?? []).map((_, c) => list[c])
}

/** B of some D and z. */
const driven = (now: LinearStep, post: Matrix, pre: Row): Matrix => {
  const at = places(now)
  return entrywise((_, r, c) => {
    const [unit, input] = at[c] ?? []
    return unit === undefined ? 0 : (post[r]?.[unit] as number) * (pre[input as number] as number)
  }, now.B)
}

/** What a leaky network charges its parameters of numbers [d, p], one a unit and presynaptic input. */
export const fromUnits = (now: LinearStep, g: Matrix): Row =>
  places(now).map(at => (at === undefined ? 0 : (g[at[0]]?.[at[1]] as number)))

const D = ({ drive }: LinearStep): Matrix => drive?.post ?? []
const z = (of: LinearStep | undefined, now: LinearStep): Row => of?.drive?.pre ?? row(sizes(now)[1])

/** Some of z from elsewhere: rates are before d, inputs before the last, which is 1. */
const mixed = (now: LinearStep, other: Row, taken: 'rates' | 'inputs'): Row => {
  const [d, p] = sizes(now)
  return z(now, now).map((x, j) => ((taken === 'rates' ? j < d : j >= d && j < p - 1) ? (other[j] as number) : x))
}

const posts = (of: (D: Matrix, α: number) => Matrix): Variant['change'] =>
  where(ofLeaky, ({ α }) => now => ({ B: driven(now, of(D(now), α), z(now, now)) }))

/** Before the first step nothing was heard: z there is 0. */
const hearing = (of: (now: LinearStep, before: LinearStep | undefined) => Row): Variant['change'] =>
  where(ofLeaky, () => (now, t, all) => ({ B: driven(now, D(now), of(now, all[t - 1])) }))

export const immediates = listed('immediate', {
  'immediate without α': [
    'without α in the immediate derivative',
    where(leak, α => ({ B }) => ({ B: scaled(1 / α, B) })),
  ],
  "f' twice": ["with f' twice in the immediate derivative", posts((post, α) => scaled(1 / α, product(post, post)))],
  "no f'": [
    "without f' in the immediate derivative",
    posts((post, α) => entrywise((_, i, j) => (i === j ? α : 0), post)),
  ],
  'presynaptic late': [
    'with all presynaptic inputs of the step before: one step late',
    hearing((now, before) => z(before, now)),
  ],
  'input late': ['with the input x of the step before', hearing((now, before) => mixed(now, z(before, now), 'inputs'))],
  'input late throughout': [
    "with the input x of the step before, in f' too",
    where(
      ({ lateInput }) => lateInput,
      late => (_, t) => ({ B: late[t] as Matrix }),
    ),
  ],
  'rates late': [
    'with the presynaptic rates one step older than those that were heard',
    hearing((now, before) => mixed(now, z(before, now), 'rates')),
  ],
  'rates new': [
    'with the rates after the step in place of the presynaptic rates before it',
    hearing(now => mixed(now, now.seen, 'rates')),
  ],
})
