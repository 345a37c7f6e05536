/** Figures on the disk: figures/*.svg and *.png, their data beside them, and the report. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onDisk, writeWhole } from '../training/whole-file.ts'
import { csvOf } from './csv.ts'
import type { Figure } from './figure.ts'
import { pngOf, svgOf } from './render.ts'
import { type Report, reportOf } from './report.ts'

/** The PNG of a figure; null where there is no build of resvg for this machine. */
const pngWhere = async (svg: string): Promise<Uint8Array | null> => {
  try {
    return await pngOf(svg)
  } catch {
    return null
  }
}

const writeFigure = async (folder: string, figure: Figure): Promise<string> => {
  const svg = await svgOf(figure)
  const png = await pngWhere(svg)
  writeWhole(join(folder, 'figures', `${figure.name}.svg`), svg)
  if (png) writeWhole(join(folder, 'figures', `${figure.name}.png`), png)
  writeWhole(join(folder, 'data', `${figure.name}.csv`), csvOf(figure.data))
  return svg
}

/** Writes figures, data and report.html into a folder. Throws a RunError where it cannot be written. */
export const writeReport = async (
  folder: string,
  figures: readonly Figure[],
  report: Omit<Report, 'figures'>,
): Promise<void> => {
  for (const part of ['figures', 'data']) onDisk(folder, () => mkdirSync(join(folder, part), { recursive: true }))
  const drawn: { figure: Figure; svg: string }[] = []
  for (const figure of figures) drawn.push({ figure, svg: await writeFigure(folder, figure) })
  writeWhole(join(folder, 'report.html'), reportOf({ ...report, figures: drawn }))
}
