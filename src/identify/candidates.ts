/** Everything that a foreign gradient is held to: no, one or two variants at once, a rule of two with one more, and variants whose number is found. */
import { fold, type LinearRun } from './linear-run.ts'
import type { Row } from './matrix.ts'
import { type Blocks, blocksOf, type Subject } from './subject.ts'
import { type Fitted, fitted, rules, type Variant, variantsOf } from './variants/index.ts'

/** A candidate: what it is, and its gradient. */
export interface Candidate {
  /** Ids of the variants; none for the gradient itself. */
  readonly ids: readonly string[]
  readonly says: readonly string[]
  readonly blocks: Blocks
  readonly run: LinearRun
}

/** Work that combinations of variants may take, in multiplications. */
const most = 3e9

const combined = (subject: Subject, variants: readonly Variant[]): LinearRun | null =>
  variants.reduce<LinearRun | null>((run, one) => run && one.change(run, subject.context), subject.run)

const candidate = (subject: Subject, variants: readonly Variant[]): readonly Candidate[] => {
  const run = combined(subject, variants)
  if (!run) return []
  const blocks = blocksOf(subject, run, fold(run))
  return [{ ids: variants.map(({ id }) => id), says: variants.map(({ says }) => says), blocks, run }]
}

const workOf = ({ run }: Subject): number => {
  const [S, P] = [run.steps[0]?.B.length ?? 0, run.steps[0]?.B[0]?.length ?? 0]
  return (run.steps.length ** 2 / 2) * S * P
}

const carriage = ['window', 'kept', 'carried']

/** Whether two variants can be had at once: of different parts, and of two ways to carry no more than a window with a mask. */
const together = (a: Pick<Variant, 'part'>, b: Pick<Variant, 'part'>): boolean =>
  a.part !== b.part && !(carriage.includes(a.part) && carriage.includes(b.part) && [a.part, b.part].includes('carried'))

/** A Jacobian or an immediate derivative of another kind is taken before the signal and the pairs. */
const pairs = (variants: readonly Variant[]): readonly (readonly Variant[])[] =>
  variants.flatMap((a, i) => variants.slice(i + 1).flatMap(b => (together(a, b) ? [[a, b]] : [])))

/** Rules of two variants, with one more, in the order of all. */
const triples = (variants: readonly Variant[]): readonly (readonly Variant[])[] =>
  rules.flatMap(ids => {
    const rule = variants.filter(({ id }) => ids.includes(id))
    return variants
      .filter(one => rule.every(part => together(part, one)))
      .map(one => variants.filter(each => each === one || rule.includes(each)))
  })

/** Candidates by how much is changed, to be worked out in turn until a gradient is explained; `paired` where the case is small enough for more than one variant. */
export interface Candidates {
  readonly stages: readonly (() => readonly Candidate[])[]
  readonly paired: boolean
}

/** All candidates of a case: the gradient with every single variant, those with a number of their own, then several at once. */
export const candidatesOf = (subject: Subject, foreign: Blocks, tolerance: number): Candidates => {
  const variants = variantsOf(subject.run.steps.length - 1)
  const usable = variants.filter(one => one.change(subject.run, subject.context) !== null)
  const combining = usable.filter(({ alone }) => !alone)
  const found = (some: readonly Variant[]): readonly Candidate[] =>
    fitted.flatMap(one => fittedTo(subject, one, some, foreign, tolerance))
  const several = [...pairs(combining), ...triples(combining)]
  const paired = (several.length + 30 * fitted.length * combining.length) * workOf(subject) < most
  return {
    stages: [
      () => [...[[], ...usable.map(one => [one])].flatMap(some => candidate(subject, some)), ...found([])],
      () => (paired ? several.flatMap(some => candidate(subject, some)) : []),
      () => (paired ? combining.flatMap(one => found([one])) : []),
    ],
    paired,
  }
}

/** All blocks that a file gives, each by its largest entry, one after the other; what a candidate does not have is 0. */
const scaledAlike = (blocks: Blocks, foreign: Blocks): Row =>
  Object.entries(foreign).flatMap(([name, given]) => {
    const largest = given.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1
    return given.map((_, i) => (blocks[name]?.[i] ?? 0) / largest)
  })

const inner = (a: Row, b: Row): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

const grid = 8
const rounds = 12

/** The number of a variant by which it comes nearest to a foreign gradient: the best of a grid, then Gauss-Newton, its derivative by differences. */
const nearestNumber = (error: (x: number) => Row, [low, high]: readonly [number, number]): number => {
  const tried = Array.from({ length: grid + 1 }, (_, i) => {
    const start = low + ((high - low) * i) / grid
    const off = error(start)
    return { start, size: inner(off, off) }
  })
  let x = tried.reduce((best, one) => (one.size < best.size ? one : best)).start
  for (let round = 0; round < rounds; round++) {
    const [r, h] = [error(x), 1e-6]
    const slope = error(x + h).map((y, i) => (y - (r[i] as number)) / h)
    const step = inner(slope, r) / inner(slope, slope)
    if (!Number.isFinite(step) || step === 0) return x
    const next = Math.min(high, Math.max(low, x - step))
    if (next === x) return x
    x = next
  }
  return x
}

/** Whether a number makes a fitted variant another one, or none. */
const isUsual = (x: number, one: Fitted, { context }: Subject): boolean =>
  [0, 1, one.usual?.(context)].some(usual => usual !== undefined && Math.abs(x - usual) < 1e-6)

/** A variant with the number that the foreign gradient gives, where it explains all of it; nothing where any number does, or none. */
const fittedTo = (
  subject: Subject,
  one: Fitted,
  others: readonly Variant[],
  foreign: Blocks,
  tolerance: number,
): readonly Candidate[] => {
  if (!others.every(other => together(one, other))) return []
  const at = (x: number): Variant => ({
    ...one,
    says: one.says(x),
    change: (run, context) => one.change(run, context, x),
  })
  const blocks = (x: number): Blocks => candidate(subject, [...others, at(x)])[0]?.blocks ?? {}
  if (Object.keys(blocks(one.range[0])).length === 0) return []
  const wanted = scaledAlike(foreign, foreign)
  const error = (x: number): Row => scaledAlike(blocks(x), foreign).map((y, i) => y - (wanted[i] as number))
  const found = nearestNumber(error, one.range)
  const worst = (x: number): number => error(x).reduce((most, y) => Math.max(most, Math.abs(y)), 0)
  const decided =
    !isUsual(found, one, subject) && worst(found) <= tolerance && one.range.some(end => worst(end) > 10 * tolerance)
  return decided ? candidate(subject, [...others, at(found)]) : []
}
