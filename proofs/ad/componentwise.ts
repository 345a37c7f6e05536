/** Small cells against mathjs's own derivative of the same cells written number by number. */
import { toMatrix } from '../../ad/linear/apply.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { describeRun, type Pool, pools, runOf } from '../arbitraries/cells.ts'
import { cellOf } from '../arbitraries/on-pools.ts'
import { type ComponentCell, components, stepBy } from '../oracles/componentwise.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

type Numbered = readonly (readonly [name: string, value: number])[]

/** The numbers of a tree by the names that the texts have for them. */
const numbered = (tree: Branch): Numbered =>
  Object.entries(tree).flatMap(([name, leaf]) => {
    const { shape, data } = leaf as Tensor
    const [, columns = 1] = shape
    return Array.from(data, (value, at): readonly [string, number] => [
      shape.length === 2 ? `${name}_${Math.floor(at / columns)}_${at % columns}` : `${name}_${at}`,
      value,
    ])
  })

/** J and B of a timestep, and the state after it, row by row; B without the columns of a learned start. */
const ours = (now: Timestep, count: number): readonly number[] => {
  const [J, B] = [toMatrix(now.jacobian), toMatrix(now.immediate)] as readonly Tensor[] as [Tensor, Tensor]
  const size = J.shape[0] as number
  const rows = Array.from({ length: size }, (_, i) => [
    ...J.data.slice(i * size, (i + 1) * size),
    ...B.data.slice(i * (B.shape[1] as number), i * (B.shape[1] as number) + count),
  ])
  return [...entries(now.after), ...rows.flat()]
}

const theirs = (name: ComponentCell, pool: Pool, θ: Numbered, now: Timestep): readonly number[] => {
  const [before, x] = [numbered(now.before), numbered({ x: now.x })]
  const variables = [...before, ...θ].map(([variable]) => variable)
  const { after, slopes } = stepBy(name, pool, Object.fromEntries([...before, ...x, ...θ]), variables)
  return [...after, ...slopes.flat()]
}

const of = (name: ComponentCell): Proposition =>
  equation<Pool>({
    claim: `the step of ${name}, its J and its B are mathjs's derivatives of the cell written number by number`,
    forAll: pools({ T: 2 }),
    sides: pool => {
      const { θ, run } = runOf(cellOf(name), pool)
      const named = numbered(θ)
      const steps = run.slice(1)
      return [steps.flatMap(now => theirs(name, pool, named, now)), steps.flatMap(now => ours(now, named.length))]
    },
    describe: pool => describeRun(pool, runOf(cellOf(name), pool)),
    between: ['mathjs', 'ours'],
    within: 1e-12,
    verdict: 'holds',
    runs: 8,
  })

export const componentwise: readonly Proposition[] = (Object.keys(components) as ComponentCell[]).map(of)
