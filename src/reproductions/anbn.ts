/** aⁿbⁿ, n from 1 to 32, online. Tallec & Ollivier 2017. */
import type { Paper } from '../../rules/index.ts'
import { tasks } from '../training/tasks/index.ts'
import { ordered, within } from './held.ts'
import { floor, held, medianOf } from './readings.ts'
import type { Reproduction } from './reproduction.ts'

const counting = 0.1429
const common = { task: 'anbn', optimiser: 'adam', seed: 0 }
const gru = { ...common, cell: 'gru', every: 1, lrFall: 10_000 }

const of = (rule: string) => medianOf(rule, { rule }, held)

/** The two that end within minutes. */
export const anbn: Reproduction = {
  name: 'anbn',
  title: 'aⁿbⁿ: an LSTM by BPTT, a GRU by RTRL',
  paper: tasks.anbn.papers[0] as Paper,
  protocol: `Bits a symbol, 5,000 symbols held out, n ≤ 32. An LSTM of 32 units by BPTT in windows of 25, Adam 0.005, 500,000 symbols; a GRU
of 16 units by RTRL, an update a symbol, Adam with the rate 0.003/√(1 + t/10,000), 100,000 symbols. Theirs are of 10⁶ symbols, with rates of
their own.`,
  minutes: 1.2,
  sweeps: () => ({
    bptt: { settings: { ...common, cell: 'lstm', hidden: 32, rule: 'bptt', window: 25, lr: 0.005, steps: 20_000 } },
    rtrl: { settings: { ...gru, hidden: 16, rule: 'rtrl', lr: 0.003, steps: 100_000 } },
  }),
  figures: [
    within('floor of one that counts', '5/35 = 0.1429', [0.14285, 0.14295], floor('bptt', 'counting')),
    within('LSTM by BPTT', 'near the floor', [counting, 0.18], of('bptt')),
    within('GRU by RTRL', 'near the floor', [counting, 0.18], of('rtrl')),
    ordered('BPTT learns to count', {
      bptt: of('bptt'),
      'only the last symbol': floor('bptt', 'only the last symbol'),
    }),
  ],
}

/** UORO needs its 10⁶ symbols. */
export const anbnUoro: Reproduction = {
  name: 'anbn-uoro',
  title: 'aⁿbⁿ: a GRU by UORO with a falling rate',
  paper: tasks.anbn.papers[0] as Paper,
  protocol: `A GRU of 32 units, 10⁶ symbols, an update a symbol, Adam with the rate 0.001/√(1 + t/10,000); theirs is from memory of the
paper, ≈ 0.15 after about 10⁶ symbols.`,
  minutes: 25,
  estimated: true,
  sweeps: () => ({ uoro: { settings: { ...gru, hidden: 32, rule: 'uoro', lr: 0.001, steps: 1_000_000 } } }),
  figures: [within('GRU by UORO', '≈ 0.15', [counting, 0.17], of('uoro'))],
}
