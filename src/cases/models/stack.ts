import { z } from 'zod'
import { stacked } from '../../../nets/cells/stacked.ts'
import { array } from '../arrays.ts'
import { clips } from '../rules.ts'
import { causal } from '../solve.ts'
import { layersOf, layerWorths } from './layers.ts'
import { known, type Sizes, type With } from './model.ts'
import { activation, count, rate } from './parts.ts'
import { type Places, place, readout } from './places.ts'

const keys = ({ ds }: Sizes) => ({
  alphas: z.array(rate).length(ds.length),
  activations: z.array(activation).length(ds.length),
})

const solve = causal((given: With<typeof keys>) => stacked(layersOf(given), given.sizes.ds))

/** Layer by layer, from the input on: its number, its width, and that of its input. */
const each = ({ ds, n }: Sizes, f: (l: number, d: number, below: number) => Places): Places =>
  Object.assign({}, ...ds.map((d, i) => f(i + 1, d, ds[i - 1] ?? n)))

const layer = (l: number, d: number, below: number): Places => ({
  [`W_rec_${l}`]: place(`cell.layer${l}.W_rec`, d, d),
  [`W_in_${l}`]: place(`cell.layer${l}.W_in`, d, below),
  [`b_rec_${l}`]: place(`cell.layer${l}.b_rec`, d),
})

/** A vector for each layer at each timestep. */
const deltaForm = ({ ds, T }: Sizes) => {
  const steps = z.array(z.tuple(ds.map(d => array(d)) as [ReturnType<typeof array>]))
  return (Number.isNaN(T) ? steps : steps.length(T)).nullish()
}

/** Leaky layers, each with its rate and activation, one upon the other. */
export const stack = known({
  widths: { ds: z.array(count).min(1) },
  keys,
  places: s => ({
    ...each(s, layer),
    ...each(s, (l, d) => ({ [`h0_${l}`]: place(`start.layer${l}.h`, d) })),
    ...readout(s.m, s.d),
  }),
  answers: s => ({ delta: deltaForm(s) }),
  solve,
  report: problem => ({ delta: layerWorths(problem) }),
  rules: clips,
})
