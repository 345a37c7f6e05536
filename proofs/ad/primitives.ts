/** What is claimed of every primitive, ours or a user's: that its derivatives are right, adjoint, and batch. */
import { type Arbitrary, constant, integer, tuple } from 'fast-check'
import { bracket } from '../../ad/errors.ts'
import { flatten } from '../../ad/linear/space.ts'
import { jvp, vjp, vmap } from '../../ad/modes/transforms.ts'
import { dot } from '../../ad/primitives/contraction.ts'
import { reshape, stack } from '../../ad/primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Tree } from '../../ad/tree.ts'
import { item, type Row, run, type Specimen, type Value } from '../../ad/value.ts'
import { complexJacobian, formulas, type Options, symbolicJacobian } from '../oracles/formulas.ts'
import { entries, equation, gap, type Proposition } from '../proposition.ts'

/** A row at a specimen: its arguments, tangents for them and a cotangent for its output. */
export interface Trial {
  readonly specimen: Specimen
  readonly args: readonly Tensor[]
  readonly tangents: readonly Tensor[]
  readonly cotangent: Tensor
}

/** Multiples of 1/16 in an interval, moved by a hundredth so that no two arguments tie and none is at a kink. */
const entry = ([low, high]: readonly [number, number], index: number): Arbitrary<number> =>
  integer({ min: Math.ceil(low * 16), max: Math.floor(high * 16) - 1 }).map(k => k / 16 + 0.01 * (index + 1))

/** A whole number from the low to the high end. */
const wholeEntry = ([low, high]: readonly [number, number]): Arbitrary<number> => integer({ min: low, max: high })

const filled = (shape: Shape, one: Arbitrary<number>): Arbitrary<Tensor> =>
  tuple(...Array.from({ length: sizeOf(shape) }, () => one)).map(xs => tensorOf(shape, Float64Array.from(xs)))

const outShape = (row: Row, { shapes, options }: Specimen): Shape => row.shape(shapes, options)

/** A row's arguments, tangents and cotangent, at a specimen. */
export const trialsOf = (row: Row, specimen: Specimen): Arbitrary<Trial> => {
  const free = integer({ min: -8, max: 8 }).map(k => k / 4)
  const isWhole = (i: number): boolean => row.whole?.includes(i) ?? false
  const args = specimen.shapes.map((shape, i) => {
    const domain = row.domain?.[i] ?? row.domain?.[0] ?? [-2, 2]
    return filled(shape, isWhole(i) ? wholeEntry(domain) : entry(domain, i))
  })
  const tangents = specimen.shapes.map((shape, i) => filled(shape, isWhole(i) ? constant(0) : free))
  return tuple(tuple(...args), tuple(...tangents), filled(outShape(row, specimen), free)).map(
    ([args, tangents, cotangent]) => ({ specimen, args, tangents, cotangent }),
  )
}

/** A row as a function of its arguments. */
export const applied =
  (row: Row, { options }: Specimen) =>
  (...args: readonly Value[]): Value =>
    run(row, args, options)

const inner = (a: readonly Value[], b: readonly Value[]): number =>
  a.reduce((total, x, i) => total + pairing(x, b[i] as Value), 0)

const pairing = (a: Value, b: Value): number => item(dot(reshape(a, [sizeOf(a.shape)]), reshape(b, [sizeOf(b.shape)])))

const pushed = (row: Row, { specimen, args, tangents }: Trial): Tensor =>
  jvp(applied(row, specimen), args, tangents)[1] as Tensor

/** (f(x + hẋ) - f(x - hẋ)) / 2h on the numbers of a function's own values. */
const differences = (
  f: (...args: readonly Value[]) => Tree,
  { args, tangents }: Trial,
  h = 1e-5,
): readonly number[] => {
  const at = (step: number): readonly number[] =>
    entries(
      f(
        ...args.map((x, i) =>
          tensorOf(
            x.shape,
            x.data.map((value, j) => value + step * (tangents[i]?.data[j] ?? 0)),
          ),
        ),
      ),
    )
  const [up, down] = [at(h), at(-h)]
  return up.map((value, i) => (value - (down[i] as number)) / (2 * h))
}

/** `matvec at [2, 3] and [3]`, as claims say it. */
export const whereOf = (row: Row, specimen: Specimen): string => {
  const options = specimen.options ? ` ${JSON.stringify(specimen.options)}` : ''
  return `${row.name} at ${specimen.shapes.map(bracket).join(' and ')}${options}`
}

export const describeTrial = ({ specimen, args, tangents }: Trial): string =>
  `${JSON.stringify(specimen.options ?? {})} args ${args.map(a => JSON.stringify([...a.data])).join(' ')} tangents ${tangents
    .map(a => JSON.stringify([...a.data]))
    .join(' ')}`

const adjoint = (row: Row, specimen: Specimen): Proposition<Trial> =>
  equation({
    claim: `push and pull of ${whereOf(row, specimen)} are adjoint`,
    forAll: trialsOf(row, specimen),
    sides: t => {
      const [, pullback] = vjp(applied(row, specimen), ...t.args)
      return [[pairing(t.cotangent, pushed(row, t))], [inner(pullback(t.cotangent) as readonly Value[], t.tangents)]]
    },
    describe: describeTrial,
    within: 1e-12,
    verdict: 'holds',
    runs: 30,
  })

/** Central differences lose half the digits: 1e-7 is what h = 1e-5 allows here. */
const differentiates = (row: Row, specimen: Specimen): Proposition<Trial> =>
  equation({
    claim: `push of ${whereOf(row, specimen)} is its derivative by finite differences`,
    forAll: trialsOf(row, specimen),
    sides: t => [entries(pushed(row, t)), differences(applied(row, specimen), t)],
    describe: describeTrial,
    within: 1e-7,
    verdict: 'holds',
    runs: 30,
  })

/** The two first derivatives as one vector of their arguments, whose derivative is the second: what is pulled, and what is pushed. */
const slopes =
  (row: Row, { specimen, cotangent, tangents }: Trial) =>
  (...args: readonly Value[]): Value => {
    const f = applied(row, specimen)
    const [, pullback] = vjp(f, ...args)
    const pulled = pullback(cotangent) as readonly Value[]
    return flatten([...pulled, jvp(f, args, tangents)[1] as Value])
  }

/** A slope that is itself no function of the arguments passes every first-order claim; its hessian is 0. */
const differentiatesTwice = (row: Row, specimen: Specimen): Proposition<Trial> =>
  equation({
    claim: `the second derivatives of ${whereOf(row, specimen)}, push of the pull and push of the push, are finite differences of the first`,
    forAll: trialsOf(row, specimen),
    sides: t => [entries(jvp(slopes(row, t), t.args, t.tangents)[1] as Tensor), differences(slopes(row, t), t)],
    describe: describeTrial,
    within: 1e-6,
    verdict: 'holds',
    runs: 15,
  })

const batches = (row: Row, specimen: Specimen): Proposition<readonly [Trial, Trial]> =>
  equation({
    claim: `vmap of ${whereOf(row, specimen)} is the row one at a time, for every choice of mapped arguments`,
    forAll: tuple(trialsOf(row, specimen), trialsOf(row, specimen)),
    sides: ([a, b]) => {
      const f = applied(row, specimen)
      const choices = Array.from({ length: 2 ** a.args.length - 1 }, (_, bits) =>
        a.args.map((_, i) => !(bits & (1 << i))),
      )
      const pairs = choices.map(mapped => {
        const second = a.args.map((x, i) => (mapped[i] ? (b.args[i] as Tensor) : x))
        const both = a.args.map((x, i) => (mapped[i] ? stack([x, second[i] as Tensor]) : x))
        const together = vmap(
          f,
          mapped.map(on => (on ? 0 : null)),
        )(...both)
        return [entries(together), [...entries(f(...a.args)), ...entries(f(...second))]] as const
      })
      return [pairs.flatMap(([left]) => left), pairs.flatMap(([, right]) => right)]
    },
    describe: ([a, b]) => `${describeTrial(a)}; ${describeTrial(b)}`,
    within: 1e-12,
    verdict: 'holds',
    runs: 10,
  })

/** Value and all partial derivatives against mathjs: symbolic derivative, and complex step. */
const formula = (row: Row, specimen: Specimen): Proposition<Trial> => ({
  claim: `${whereOf(row, specimen)} and its derivative are mathjs's, symbolically and by complex step`,
  forAll: trialsOf(row, specimen),
  residual: t => {
    const values = t.args.map(arg => [...arg.data])
    const ours = [entries(run(row, t.args, specimen.options)), entries(pushed(row, t))] as const
    const gaps = [symbolicJacobian, complexJacobian].flatMap(oracle => {
      const { value, jacobians } = oracle(row.name, specimen.shapes, (specimen.options ?? {}) as Options, values)
      return [gap(ours[0], value), gap(ours[1], along(jacobians, t.tangents))]
    })
    return gaps.reduce((worst, g) => (Number.isNaN(g) ? g : Math.max(worst, g)), 0)
  },
  show: describeTrial,
  within: 1e-12,
  verdict: 'holds',
  runs: 15,
})

const along = (
  jacobians: readonly (readonly (readonly number[])[])[],
  tangents: readonly Tensor[],
): readonly number[] => {
  const outs = jacobians[0]?.length ?? 0
  return Array.from({ length: outs }, (_, k) =>
    jacobians.reduce(
      (total, rows, i) => total + (rows[k] ?? []).reduce((sum, x, j) => sum + x * (tangents[i]?.data[j] ?? 0), 0),
      0,
    ),
  )
}

/** The propositions of the oracle storey for a row; a surrogate, whose slope is not its value's, must have a slope that is differentiated. */
export const oraclesOf = (row: Row): readonly Proposition[] =>
  (row.specimens ?? []).flatMap(specimen => [
    ...(row.smooth === 'surrogate' ? [] : [differentiates(row, specimen) as Proposition]),
    differentiatesTwice(row, specimen) as Proposition,
    ...(row.name in formulas ? [formula(row, specimen) as Proposition] : []),
  ])

/** The propositions of the adjointness storey for a row. */
export const adjointnessOf = (row: Row): readonly Proposition[] =>
  (row.specimens ?? []).flatMap(specimen => [
    adjoint(row, specimen) as Proposition,
    batches(row, specimen) as Proposition,
  ])
