/** `janus spectrum`: how a random network stretches what passes through it, step after step. */
import { internal } from '../../ad/errors.ts'
import { zeros } from '../../ad/tensor.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { type Spectrum, spectrum as spectrumOf } from '../../nets/run/spectrum.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { colourful } from '../display/chart.ts'
import { attempt, type Command } from '../failure.ts'
import { isText, squaresBegun, writtenCell } from '../training/cell-text.ts'
import { beginning, hasMatrices, initials } from '../training/initial.ts'
import { modelRun } from '../training/model-run.ts'
import { readOptions, readRun, type Settings, type SpectrumOptions } from './spectrum-options.ts'
import { page } from './spectrum-page.ts'

/** The cell of some settings, its recurrent matrices initialised as they say. */
const begunCell = ({ cell, initial, gain, hidden: d, own, alpha, forgetBias }: Settings) => {
  if (own) return squaresBegun(own(), initials[initial](gain, d))
  if (isText(cell)) throw internal('a cell from text, not made yet')
  const made = cells[cell]({ ...(alpha !== undefined && { alpha }), ...(forgetBias !== undefined && { forgetBias }) })
  return beginning(made, { d, n: 1, m: 1 }, initial, gain)
}

/** The spectrum of a random network of one input on random normal inputs. */
export const computed = (settings: Settings): Spectrum => {
  const { hidden: d, steps, seed } = settings
  const net = network(begunCell(settings), { d, n: 1, m: 1 }, halfSquaredError())
  const inputs = rng(seed, 1)
  const sequence = Array.from({ length: steps }, () => example(inputs.draw({ law: 'normal', shape: [1] }), zeros([1])))
  return spectrumOf(unroll(net)(params(net, rng(seed)), sequence))
}

const sentence = ({ cell, alpha, forgetBias, hidden, initial, gain, steps, seed }: Settings): string =>
  [
    cell,
    ...(alpha === undefined ? [] : [`alpha ${alpha}`]),
    ...(forgetBias === undefined ? [] : [`forget ${forgetBias}`]),
    `d=${hidden}`,
    ...(hasMatrices(cell as CellName) ? [`recurrent matrices ${initial}, gain ${gain}`] : []),
    `T=${steps}`,
    `seed ${seed}`,
  ].join(', ')

/** The whole text of a random network. */
export const drawn = (settings: Settings, found: Spectrum, colour = false): string =>
  page(sentence(settings), settings.steps, found, colour)

/** The spectrum of a model that was trained, drawn or in numbers. */
const ofModel = async (from: string, options: SpectrumOptions): Promise<string> => {
  const { json, data, task, column, target } = options
  const asked = { ...readRun(options), data, task, column, target }
  const { what, run } = await modelRun('spectrum', from, asked)
  const found = spectrumOf(run)
  return json ? JSON.stringify({ from, ...asked, ...found }) : page(what, asked.steps, found, colourful())
}

/** The spectrum of a random network, drawn or in numbers. */
const ofSettings = async ({ json, ...options }: SpectrumOptions): Promise<string> => {
  const named = readOptions(options)
  const settings = { ...named, ...(await writtenCell(named.cell, named.alpha)) }
  const found = computed(settings)
  return json ? JSON.stringify({ ...settings, ...found }) : drawn(settings, found, colourful())
}

/** Prints the spectrum of a random network or of a model, or with `json` its natural logarithms on one line; null is the logarithm of 0. */
export const spectrum = ({ from, ...options }: SpectrumOptions): Command =>
  attempt(async () => {
    console.log(await (from === undefined ? ofSettings(options) : ofModel(from, options)))
  })
