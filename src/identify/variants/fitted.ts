/** Variants with a number of their own: a discount, a decay, a weight of the next error. */
import { entrywise, plus, row, scaled } from '../matrix.ts'
import { byBplambda } from './synthesisers.ts'
import { each, type Fitted } from './variant.ts'

const six = (x: number): number => Number(x.toPrecision(6))

export const fitted: readonly Fitted[] = [
  {
    id: 'discount',
    part: 'jacobian',
    range: [0, 1],
    says: x => `with its Jacobians times ${six(x)}: losses to come are discounted`,
    change: (run, _, x) => each(({ J }) => ({ J: scaled(x, J) }))(run),
  },
  {
    id: 'own-unit decay',
    part: 'jacobian',
    range: [0, 1],
    says: x => `in whose trace each unit carries ${six(x)} of itself, and nothing of others`,
    usual: ({ leaky }) => (leaky ? 1 - leaky.α : undefined),
    change: (run, { units }, x) =>
      units === null ? each(({ J }) => ({ J: entrywise((_, i, j) => (i === j ? x : 0), J) }))(run) : null,
  },
  {
    id: 'error ahead',
    part: 'signal',
    range: [-1, 1],
    says: x => `with ${six(x)} of the error of the step after added to each: the future leaks in`,
    change: (run, _, x) => ({
      ...run,
      steps: run.steps.map((now, t) => {
        const next = run.steps[t + 1]?.q ?? row(now.q.length)
        return { ...now, q: plus([now.q], scaled(x, [next]))[0] as typeof next }
      }),
    }),
  },
  {
    id: 'BP(λ), another γ',
    part: 'carried',
    needs: 'synthesiser',
    range: [0, 1],
    says: x => `by BP(λ) with the synthesiser of the file, its γ ${six(x)}`,
    usual: ({ synthesiser }) => synthesiser?.gamma,
    change: (run, context, x) => byBplambda({ γ: x })(run, context),
  },
  {
    id: 'BP(λ), another λ',
    part: 'carried',
    needs: 'synthesiser',
    range: [0, 1],
    says: x => `by BP(λ) with the synthesiser of the file, its λ ${six(x)}`,
    usual: ({ synthesiser }) => synthesiser?.lambda_,
    change: (run, context, x) => byBplambda({ λ: x })(run, context),
  },
]
