/**
 * A small run whose numbers say where they come from: the weights, the activity of each unit, the errors. What a neuron computes in
 * the forward pass is its own activity, whatever weights and inputs it is made of: of it only the unit is kept, and the time.
 */
import { asCotangent, toValue } from '../../ad/linear/space.ts'
import { provenance, type Retag, type Sources } from '../../ad/modes/provenance.ts'
import { scalar, sizeOf, type Tensor } from '../../ad/tensor.ts'
import { type Branch, leavesOf, mapTree, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Network, Theta } from '../../nets/network.ts'
import { rng, streams } from '../../nets/random.ts'
import { drawsFor } from '../../nets/run/noise.ts'
import type { Replay } from '../../nets/run/replay.ts'
import type { Rule } from '../../nets/run/rule.ts'
import {
  initialTimestep,
  noNoise,
  type Run,
  runOf,
  type State,
  type Timestep,
  timestep,
} from '../../nets/run/timestep.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'

/** Where a number comes from: what it is, its place in it, and when it was. */
export interface Source {
  readonly is: 'weight' | 'readout' | 'state' | 'drive' | 'input' | 'error' | 'loss' | 'noise'
  /** The parameter of a weight. */
  readonly leaf?: string
  readonly shape: readonly number[]
  readonly index: number
  readonly t: number
}

export interface TaggedRun {
  readonly run: Run
  /** The sources of each entry of a value. */
  sourcesOf(x: Value): readonly (readonly Source[])[]
}

/** The leaves of a tree with their paths. */
export const named = (tree: Branch, path = ''): readonly (readonly [string, Value])[] =>
  Object.entries(tree).flatMap(([name, node]) =>
    'shape' in (node as object)
      ? [[`${path}${name}`, node as Value] as const]
      : named(node as Branch, `${path}${name}.`),
  )

/** Sources numbered as they are met; the same one has one number. */
const numbered = () => {
  const all: Source[] = []
  const known = new Map<string, bigint>()
  const bit = (source: Source): bigint => {
    const key = `${source.is} ${source.leaf} ${source.index} ${source.t}`
    const found = known.get(key) ?? 1n << BigInt(all.push(source) - 1)
    known.set(key, found)
    return found
  }
  const of = (tags: bigint): readonly Source[] => all.filter((_, i) => (tags >> BigInt(i)) & 1n)
  return { bit, of, all }
}

type Kind = Source['is']
const activity: readonly Kind[] = ['state', 'drive', 'input', 'noise']

/** The whole of a tagged run in the making. */
const tagger = (d: number) => {
  const { bit, of, all } = numbered()
  let [forwards, now] = [false, 0]
  /** Marks parameters that are only ever used to run forwards. */
  const runsForwards = bit({ is: 'loss', leaf: 'forwards', shape: [], index: -1, t: -1 })
  const isActivity = (tags: Sources): Sources => {
    const active = all.reduce((mask, { is }, i) => (activity.includes(is) ? mask | (1n << BigInt(i)) : mask), 0n)
    return tags & active
  }
  const retag: Retag = (row, tags, args, out) => {
    if (!forwards && !args.some(arg => arg.some(one => one & runsForwards))) return tags
    const drives = row.kind === 'contraction' && out.data.length % d === 0
    return tags.map((one, i) => {
      const active = isActivity(one)
      if (active === 0n) return one
      return drives ? bit({ is: 'drive', shape: [d], index: i % d, t: now }) : active
    })
  }
  const { from, of: tagsOf } = provenance(retag)
  const tag = (is: Kind, x: Value, t: number, leaf?: string): Value =>
    from(
      x,
      Array.from({ length: sizeOf(x.shape) }, (_, index) =>
        bit({ is, shape: x.shape, index, t, ...(leaf && { leaf }) }),
      ),
    )
  return {
    tag,
    marked: (x: Value): Value =>
      from(
        x,
        Array.from({ length: sizeOf(x.shape) }, () => runsForwards),
      ),
    sourcesOf: (x: Value) => tagsOf(x).map(tags => of(tags & ~runsForwards)),
    at: (t: number): void => {
      now = t
    },
    running: <A>(body: () => A): A => {
      const was = forwards
      forwards = true
      try {
        return body()
      } finally {
        forwards = was
      }
    },
  }
}

type Tagger = ReturnType<typeof tagger>

/** Every state variable of a unit is that unit's, whatever its name. */
const stateAt = ({ tag }: Tagger, state: State, t: number): State =>
  rebuild(
    state,
    leavesOf(state).map(leaf => tag('state', leaf, t)),
  )

/** What a timestep has beyond its maps, so that running it again stays a forward pass. */
const again = (tags: Tagger, now: Timestep, t: number): object => {
  const { replay, layer } = now
  const forwards = <A extends Branch>(tree: A): A => mapTree(tree, tags.marked)
  const run = replay && {
    ...replay,
    ...(layer && { θ: { ...replay.θ, cell: forwards(replay.θ.cell) } }),
    step: (...args: Parameters<Replay['step']>) => tags.running(() => replay.step(...args)),
    lossAt: (...args: Parameters<Replay['lossAt']>) =>
      tags.tag(
        'loss',
        tags.running(() => replay.lossAt(...args)),
        t,
        'again',
      ),
  }
  return { ...(run && { replay: run }), ...(layer && { layer: { ...layer, θ: forwards(layer.θ) } }) }
}

const retagged = (tags: Tagger, now: Timestep, t: number): Timestep => ({
  ...now,
  logitError: asCotangent(now.readoutMap.to, tags.tag('error', toValue(now.logitError), t)),
  loss: tags.tag('loss', now.loss, t),
  prediction: tags.tag('error', now.prediction, t, 'output'),
  target: tags.tag('error', now.target, t, 'target'),
  after: stateAt(tags, now.after, t),
  ...again(tags, now, t),
})

const taggedTheta = ({ tag }: Tagger, θ: Theta): Theta => {
  const of = (is: Kind, tree: Branch): Branch =>
    rebuild(
      tree,
      named(tree).map(([name, leaf]) => tag(is, leaf, 0, name)),
    )
  return { ...θ, cell: of('weight', θ.cell), readout: of('readout', θ.readout) as Theta['readout'] }
}

const noiseFor = (rule: Rule, net: Network, seed: number): (() => Tensor) => {
  if (!rule.draws) return () => noNoise
  const [random, wanted] = [rng(seed, streams.noise), drawsFor(rule.draws, net)]
  return () => random.draw(wanted)
}

/** The run of a problem for a rule on its network, tagged. */
export const taggedRun = ({ net, θ, sequence }: Problem, rule: Rule, seed: number): TaggedRun => {
  const tags = tagger(net.sizes.d)
  const [parameters, draw] = [taggedTheta(tags, θ), noiseFor(rule, net, seed)]
  const first = tags.running(() => initialTimestep(net)(parameters))
  const timesteps: Timestep[] = [{ ...first, ...again(tags, first, 0), after: stateAt(tags, first.after, 0) }]
  sequence.forEach(({ x, ...data }, i) => {
    const [t, before] = [i + 1, (timesteps.at(-1) as Timestep).after]
    tags.at(t)
    const noise = draw()
    const given = { ...data, x: tags.tag('input', x, t), isLast: scalar(t === sequence.length ? 1 : 0) }
    const here = tags.running(() => timestep(net)(parameters, before, { ...given, noise: noNoise }))
    const drawn = rule.draws ? tags.tag('noise', noise, t) : noNoise
    timesteps.push({ ...retagged(tags, here, t), noise: drawn })
  })
  return { run: runOf(net, timesteps), sourcesOf: tags.sourcesOf }
}
