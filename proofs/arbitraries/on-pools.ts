/** Claims about runs of any cell. */
import { asCotangent } from '../../ad/linear/space.ts'
import { full } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { mapRun, type Run, type Timestep } from '../../nets/run/timestep.ts'
import { type Sparsity, sparsity } from '../../rules/parts/sparsity.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { describeRun, type Pool, pools, runOf } from './cells.ts'
import type { Sides } from './feedback.ts'

/** The cells that claims are made of. */
export const each = cellNames
const netOf = (cell: Cell<Branch, Branch>, { d, n }: Pool) =>
  network(cell, { d, n, m: 1 }, halfSquaredError(), { start: 'learned' })
/** A cell by name, with a leak where it has one. */
export const cellOf = (name: CellName): Cell<Branch, Branch> => cells[name]({ alpha: 0.25 })

/** With an error of 64 at every step, so that what a rule leaves out shows. */
export const withLargeErrors = (now: Timestep): Timestep => ({
  ...now,
  logitError: asCotangent(now.readoutMap.to, full([now.readoutMap.to.size], 64)),
})

/** A claim about runs of a cell and the sparsity of its Jacobians. */
export const onPools = (
  claim: string,
  cell: (pool: Pool) => Cell<Branch, Branch>,
  sides: (run: Run, patterns: Sparsity, pool: Pool) => Sides,
  options: Partial<Equation<Pool>> = {},
): Proposition => {
  const made = (pool: Pool) => {
    const one = runOf(cell(pool), pool)
    return { ...one, run: mapRun(withLargeErrors)(one.run) }
  }
  return equation<Pool>({
    claim,
    forAll: pools(),
    sides: pool => sides(made(pool).run, sparsity(netOf(cell(pool), pool)), pool),
    describe: pool => describeRun(pool, made(pool)),
    within: 1e-10,
    verdict: 'holds',
    runs: 15,
    ...options,
  })
}
