/** What the update of a synapse reads, by running a rule on numbers that say where they come from. */
import { toValue } from '../../ad/linear/space.ts'
import type { Value } from '../../ad/value.ts'
import { resolved } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import type { Locality } from '../../rules/parts/facts.ts'
import type { Finding } from './schema.ts'
import type { Subject } from './subject.ts'
import { named, type Source, taggedRun } from './tagged-run.ts'
import { typical } from './typical.ts'

/** As many units, inputs, outputs and steps as tell them apart. */
const sizes = { d: 3, n: 2, m: 2, T: 3 }

/** A parameter's entry: the unit it belongs to, and what it listens to. */
interface Synapse {
  readonly leaf: string
  readonly index: number
  readonly post: number
  readonly pre: { readonly is: 'state' | 'input' | 'nothing'; readonly index: number }
}

const synapsesOf = ({ net, θ }: Problem): readonly Synapse[] =>
  named(θ.cell).flatMap(([leaf, { shape }]) => {
    const [rows = 1, columns = 1] = shape
    const is = shape.length < 2 ? 'nothing' : columns === net.sizes.n ? 'input' : 'state'
    return Array.from({ length: rows * columns }, (_, index) => ({
      leaf,
      index,
      post: Math.floor(index / columns) % net.sizes.d,
      pre: { is, index: index % columns } as const,
    }))
  })

const levels: readonly Locality[] = ['local', 'three-factor', 'weight transport', 'non-local']

interface Reading {
  readonly words: string
  readonly level: number
}

const column = ({ shape, index }: Source): number => index % (shape.at(-1) as number)

const ofWeight = (source: Source, { leaf, index, post }: Synapse): Reading => {
  if (source.leaf === leaf && source.index === index) return { words: 'its own weight', level: 0 }
  if (source.shape.length < 2 && source.index === post) return { words: 'a parameter of its own unit', level: 0 }
  const [rows = 1, columns = 1] = source.shape
  if (rows === columns && source.index === post * columns + post)
    return { words: 'its unit’s weight to itself', level: 2 }
  const between = source.shape.length === 2 && rows === columns
  if (between && column(source) === post) return { words: 'outgoing weights of its own unit', level: 2 }
  return { words: 'other weights', level: 3 }
}

const ofReadout = (source: Source, { post }: Synapse): Reading =>
  source.shape.length === 2 && column(source) === post
    ? { words: 'readout weights of its own unit', level: 2 }
    : { words: 'readout weights of other units', level: 3 }

const ofNoise = ({ shape, index }: Source, synapse: Synapse, at: number): Reading => {
  const [size = 1] = shape
  if (size < sizes.d) return { words: 'a random sign for all', level: 1 }
  const units = size % sizes.d === 0 && size <= 2 * sizes.d
  const { post, pre } = synapse
  if (units && pre.is === 'state' && pre.index === index % sizes.d && pre.index !== post)
    return { words: 'pre', level: 0 }
  const own = units ? index % sizes.d === post : index === at
  return own ? { words: 'its own noise', level: 0 } : { words: 'noise of others', level: 3 }
}

/** What a source is to a synapse, the entry numbered `at`. */
const readingOf = (source: Source, synapse: Synapse, at: number): Reading => {
  const { post, pre } = synapse
  const unit = source.index % sizes.d
  switch (source.is) {
    case 'weight':
      return ofWeight(source, synapse)
    case 'readout':
      return ofReadout(source, synapse)
    case 'input':
      return pre.is === 'input' && pre.index === source.index
        ? { words: 'pre', level: 0 }
        : { words: 'inputs of others', level: 3 }
    case 'error':
    case 'loss':
      return { words: source.is === 'loss' ? 'the loss' : 'the error', level: 1 }
    case 'noise':
      return ofNoise(source, synapse, at)
    default:
      if (unit === post) return { words: 'post', level: 0 }
      return pre.is === 'state' && pre.index === unit
        ? { words: 'pre', level: 0 }
        : { words: 'activity of other units', level: 3 }
  }
}

interface Read {
  readonly leaf: string
  readonly readings: readonly Reading[]
  readonly future: boolean
}

const readsOf = (problem: Problem, { rule: any, seed }: Subject): readonly Read[] => {
  const rule = resolved(any, problem.net, seed)
  const { run, sourcesOf } = taggedRun(problem, rule, seed)
  const outs = [...scan(rule, { seed })(run)].map(([out]) => toValue(out))
  const inOrder: readonly Value[] = rule.faces === 'future' ? outs.toReversed() : outs
  return inOrder.flatMap((out, t) => {
    const sources = sourcesOf(out)
    return synapsesOf(problem).map((synapse, at) => ({
      leaf: synapse.leaf,
      readings: (sources[at] as readonly Source[]).map(source => readingOf(source, synapse, at)),
      future: rule.faces === 'future' && (sources[at] as readonly Source[]).some(source => source.t > t),
    }))
  })
}

const order = ['pre', 'post', 'its own weight', 'a parameter of its own unit', 'its own noise', 'the error', 'the loss']

const wordsOf = (reads: readonly Read[]): readonly string[] => {
  const all = new Set(reads.flatMap(({ readings }) => readings.map(({ words }) => words)))
  const place = (words: string): number => (order.includes(words) ? order.indexOf(words) : order.length)
  const found = [...all].toSorted((a, b) => place(a) - place(b))
  return reads.some(({ future }) => future) ? [...found, 'the future'] : found
}

/** What is read of its own neurons and errors, and what beyond. */
const reasonOf = (reads: readonly Read[]): string => {
  const beyond = new Set(reads.flatMap(({ readings }) => readings.flatMap(one => (one.level > 1 ? [one.words] : []))))
  const all = wordsOf(reads)
  const [own, other] = [all.filter(words => !beyond.has(words)), all.filter(words => beyond.has(words))]
  return `it reads ${own.join(', ') || 'nothing of its own'}${other.length > 0 ? `; beyond these ${other.join(', ')}` : ''}`
}

/** The verdict, and for each parameter what its updates read. */
export const locality = (subject: Subject): Finding => {
  const problem = typical(subject, subject.seed, sizes)
  const reads = readsOf(problem, subject)
  const level = Math.max(0, ...reads.flatMap(({ readings }) => readings.map(one => one.level)))
  const value = levels[level] as Locality
  const leaves = [...new Set(reads.map(({ leaf }) => leaf))]
  const rows = leaves.map(leaf => ({
    parameter: leaf,
    reads: wordsOf(reads.filter(one => one.leaf === leaf)).join(', ') || 'nothing',
  }))
  const { locality: claimed } = subject.facts
  const wrong = subject.isUsual && claimed !== undefined && claimed !== value
  return {
    verdict: level <= 1 ? 'holds' : 'refuted',
    value,
    reason: reasonOf(reads),
    rows,
    ...(wrong && { contradicts: `locality: ${claimed}` }),
  }
}
