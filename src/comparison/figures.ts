/** The figures of a comparison. */
import type { Figure } from '../figures/figure.ts'
import { lagFigure } from '../figures/lags.ts'
import { type Course, learningCurve } from '../figures/learning-curve.ts'
import { matrixFigure } from '../figures/matrix.ts'
import { seedDots } from '../figures/seeds.ts'
import { type Sizes, triangleFigure } from '../figures/triangles.ts'
import { type Spectrum, unitCircle } from '../figures/unit-circle.ts'
import type { Stretches } from './alignment.ts'
import { sharedRows } from './beside.ts'
import type { Triangles } from './diagnostics.ts'
import type { Group, Ran } from './groups.ts'
import type { Results } from './tables.ts'

/** What the rules make of credit at trained parameters, as far as it was looked at. */
export interface Diagnostics {
  readonly matrix?: { readonly names: readonly string[]; readonly values: readonly (readonly number[])[] }
  readonly triangles?: Triangles
  readonly spectra?: readonly Spectrum[]
  /** Whose parameters they are. */
  readonly of?: string
}

/** The updates at which all runs of so many were looked at, those that diverged aside. */
const gridOf = (groups: readonly Group[], steps: number): readonly number[] => {
  const runs = groups.flatMap(({ ran }) => ran).filter(({ run }) => run.options.steps === steps)
  const sound = runs.filter(({ value }) => Number.isFinite(value))
  const lists = (sound.length > 0 ? sound : runs).map(({ looks }) => looks.map(({ step }) => step))
  const [first = [], ...rest] = lists
  const shared = first.filter(step => rest.every(list => list.includes(step)))
  return sound.length > 0 ? shared : [...shared, steps]
}

/** A run on its axis; from where it diverged on it is the worst of all. */
const courseOf = (
  name: string,
  { run, seed, looks, value, updates }: Ran,
  grid: readonly number[],
  scale: number,
): Course => {
  const heldAt = (step: number): number =>
    step > updates ? value : (looks.findLast(look => look.step <= step)?.held ?? value)
  return { rule: name, seed, points: grid.map(step => ({ x: step * run.options.every * scale, y: heldAt(step) })) }
}

const coursesOf = (groups: readonly Group[], scale: (group: Group) => number): readonly Course[] =>
  groups.flatMap(group =>
    group.ran.map(ran => courseOf(group.name, ran, gridOf(groups, ran.run.options.steps), scale(group))),
  )

const curves = ({ groups, figure, besides }: Results): readonly Figure[] => {
  const references = sharedRows(besides)
  const y = figure.title
  const inSteps = learningCurve(
    coursesOf(groups, () => 1),
    { name: 'learning-curve', x: 'steps of the data', y, references },
  )
  if (groups.some(({ costs }) => costs.operations === null)) return [inSteps]
  const scale = ({ costs, first }: Group): number => (costs.operations ?? 0) * first.options.batch
  return [
    inSteps,
    learningCurve(coursesOf(groups, scale), {
      name: 'learning-curve-operations',
      x: 'operations',
      log: true,
      y,
      references,
    }),
  ]
}

const dots = ({ groups, figure }: Results): Figure =>
  seedDots(
    groups.flatMap(({ name, ran }) => ran.map(({ seed, value }) => ({ rule: name, seed, value }))),
    { name: 'seeds', x: `held-out ${figure.title}` },
  )

const alignmentFigure = ({ matrix, of }: Diagnostics, { count, length }: Stretches): readonly Figure[] =>
  matrix
    ? [
        matrixFigure({
          name: 'alignment',
          title: 'cosine between the gradients of rules',
          caption: `The cosine between the gradients that the rules make of the same stretches (${count} of ${length} steps, fewer or shorter where a sequence is) at the same parameters (those that ${of} came to), the mean over the stretches. exact: backpropagation over the whole stretch; bptt and other rules in windows are cut where their windows end. Darker is larger, whatever the sign.`,
          rows: matrix.names,
          columns: matrix.names,
          values: matrix.values,
        }),
      ]
    : []

const without = ({ without: left }: Triangles): string =>
  left.length === 0 ? '' : ` Not shown: ${left.map(([name, why]) => `${name} (${why})`).join('; ')}.`

const triangleFigures = ({ triangles, of }: Diagnostics): readonly Figure[] => {
  if (!triangles || triangles.rules.length === 0) return []
  const { exact, rules } = triangles
  const panels: readonly Sizes[] = [
    { rule: 'exact', sizes: exact },
    ...rules.map(({ name, sizes }) => ({ rule: name, sizes })),
  ]
  return [
    triangleFigure(panels, {
      name: 'triangles',
      title: 'what is credited to step s for the loss at step t',
      caption: `The size of g_ts, what the parameters at step s are credited with for the loss at step t, in the double sum (exact) and by each rule, on the same ${exact.length} steps at the parameters that ${of} came to. White below the diagonal: nothing. Of a rule that draws, one draw.${without(triangles)}`,
    }),
    lagFigure(
      rules.map(({ name, lags }) => ({ rule: name, values: lags.map(({ cosine }) => cosine) })),
      {
        name: 'lags',
        title: 'cosine to the exact credit by lag',
        y: 'cosine to the exact credit',
        caption: `The cosine between what each rule credits and the exact credit, over all pairs (t, s) that lie t − s steps apart: 1 is the exact direction, 0 none of it; a line ends where the rule credits nothing.${without(triangles)}`,
      },
    ),
    lagFigure(
      rules.map(({ name, lags }) => ({ rule: name, values: lags.map(({ error }) => error) })),
      {
        name: 'lag-errors',
        title: 'relative error of the credit by lag',
        y: 'relative error of the credit',
        caption: `The length of the difference between what each rule credits and the exact credit, over that of the exact credit, over all pairs (t, s) that lie t − s steps apart: 0 is exact; 1 is what a rule comes to that credits nothing.${without(triangles)}`,
      },
    ),
  ]
}

const spectra = ({ spectra: found }: Diagnostics): readonly Figure[] =>
  found && found.length > 0
    ? [
        unitCircle(found, {
          name: 'spectra',
          title: 'eigenvalues of the one-step Jacobian',
          caption:
            'The eigenvalues of the Jacobian ∂s/∂s₋ of one step, at the end of a short run, before training (rings) and after it (dots), in the complex plane with the unit circle: what lies inside fades with time, what lies outside grows. Of the first seed that did not diverge.',
        }),
      ]
    : []

/** Every figure that there is something for. */
export const figuresOf = (results: Results, diagnostics: Diagnostics, parts: Stretches): readonly Figure[] => [
  ...curves(results),
  dots(results),
  ...alignmentFigure(diagnostics, parts),
  ...triangleFigures(diagnostics),
  ...spectra(diagnostics),
]
