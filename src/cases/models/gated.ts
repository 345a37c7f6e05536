/** The networks with gates; the files call their parameters as the cells do. */
import type { Branch } from '../../../ad/tree.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { gru, gruPytorch } from '../../../nets/cells/gru.ts'
import { lstm as lstmCell } from '../../../nets/cells/lstm.ts'
import type { Shapes } from '../arrays.ts'
import { clips } from '../rules.ts'
import type { Dims } from '../schema.ts'
import { causal } from '../solve.ts'
import { type Given, type Known, known } from './model.ts'
import { deltaOf, hyperbolic, oneDelta, oneWidth } from './parts.ts'
import { type Places, place, readout, within } from './places.ts'

const gates = (names: string, { d, n }: Dims): Shapes =>
  Object.fromEntries(
    [...names].flatMap(k => [
      [`W_h${k}`, [d, d]],
      [`W_x${k}`, [d, n]],
      [`b_${k}`, [d]],
    ]),
  )

const gated = (make: () => Cell<Branch, Branch>, cell: (s: Dims) => Shapes, start: (s: Dims) => Places): Known =>
  known({
    widths: oneWidth,
    keys: () => hyperbolic,
    places: s => ({ ...within('cell', cell(s)), ...start(s), ...readout(s.m, s.d) }),
    answers: oneDelta,
    solve: causal((_: Given) => make()),
    report: deltaOf,
    rules: clips,
  })

const h0 = ({ d }: Dims): Places => ({ h0: place('start.h', d) })

export const lstm = gated(
  lstmCell,
  s => gates('fiog', s),
  s => ({ ...h0(s), c0: place('start.c', s.d) }),
)
export const gruStandard = gated(gru, s => gates('rzn', s), h0)
export const gruTorch = gated(gruPytorch, s => ({ ...gates('rzn', s), b_hn: [s.d] }), h0)
