/** The learning curve of one run, beside its other files. */
import { join } from 'node:path'
import { onDisk, writeWhole } from '../training/whole-file.ts'
import { type CurveOptions, learningCurve } from './learning-curve.ts'
import { svgOf } from './render.ts'

export const curveFile = 'curve.svg'

/** A run as it is drawn: what is held out after so many steps of the data. */
export interface Drawn extends Pick<CurveOptions, 'y' | 'references'> {
  readonly rule: string
  readonly seed: number
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** Draws what was held out against the steps of the data. Throws a RunError where it cannot be written. */
export const writeCurve = async (folder: string, { rule, seed, points, ...options }: Drawn): Promise<void> => {
  const figure = learningCurve([{ rule, seed, points }], { name: 'curve', x: 'steps of the data', ...options })
  const svg = await svgOf(figure)
  onDisk(folder, () => writeWhole(join(folder, curveFile), svg))
}
