/** What the gradient of a rule of one's own is, by name, on one network: what `janus identify` would say of it. */
import { unflattenLike } from '../../ad/linear/space.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Network, network, type Theta } from '../../nets/network.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { examples } from '../audit/typical.ts'
import { identify } from '../identify/index.ts'
import { headline } from '../identify/page.ts'
import { caseOf } from '../refute/case-file.ts'

const [sizes, steps, alpha] = [{ d: 3, n: 2, m: 2 }, 5, 0.5]

/** A sentence; null for a rule that draws and for a cell that no case has. */
export const identityOf = (rule: AnyRule, cell: string, seed: number): string | null => {
  if (!Object.hasOwn(cells, cell)) return null
  const net = network(cells[cell as CellName]({ alpha }), sizes, halfSquaredError(), { start: 'learned' }) as Network
  if (resolved(rule, net, seed).draws) return null
  const [θ, sequence] = [net.init(seed) as Theta, examples(sizes, steps, seed)]
  const tree = unflattenLike(θ, runGradient(rule, { seed })(unroll(net)(θ, sequence)))
  const about = { id: rule.name, cell, alpha, note: '' }
  const file = caseOf({ net, θ, sequence, words: '' }, about, {
    tree,
    source: `On one network of ${sizes.d} units its gradient`,
  })
  return file && headline(identify(file))
}
