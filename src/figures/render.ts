/** Figures as SVG and PNG. Vega and resvg are loaded by the first one that is drawn. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Spec as VegaSpec, View } from 'vega'
import { escaped } from '../display/table.ts'
import type { Figure } from './figure.ts'
import { config, millimetres } from './theme.ts'

/** What is drawn, without what a reader does not see. */
const compiled = async ({ spec, data, title, inside }: Figure): Promise<VegaSpec> => {
  const { compile } = await import('vega-lite')
  const whole = { ...spec, data: { values: data.map(row => ({ ...row })) }, config, description: title }
  return { ...compile(whole as Parameters<typeof compile>[0]).spec, ...inside }
}

/** Identifiers that belong to this figure: several stand on one page, and the same figure has the same ones every time. */
const withOwnIds = (svg: string, name: string): string => {
  const seen = [...new Set([...svg.matchAll(/id="([^"]+)"/g)].map(([, id = '']) => id))]
  return seen.reduce(
    (text, id, i) => text.replaceAll(`id="${id}"`, `id="${name}-${i}"`).replaceAll(`url(#${id})`, `url(#${name}-${i})`),
    svg,
  )
}

/** Vega's opening tag with the size on paper, and a title for who cannot see it. */
const opened = (svg: string, title: string): string =>
  svg.replace(/^<svg([^>]*?) width="([\d.]+)" height="([\d.]+)"([^>]*)>/, (_, before, width, height, after) => {
    const [w, h] = [millimetres(Number(width)), millimetres(Number(height))].map(x => `${x.toFixed(2)}mm`)
    return `<svg${before} width="${w}" height="${h}"${after} role="img"><title>${escaped(title)}</title>`
  })

/** A figure laid out by Vega: its scene, and what it is drawn to. */
export const viewOf = async (figure: Figure): Promise<View> => {
  const vega = await import('vega')
  return new vega.View(vega.parse(await compiled(figure)), { renderer: 'none' }).runAsync()
}

/** A figure as SVG of its printed size, without scripts or styles. */
export const svgOf = async (figure: Figure): Promise<string> => {
  const view = await viewOf(figure)
  const svg = await view.toSVG()
  view.finalize()
  return `${opened(withOwnIds(svg, figure.name), figure.title)}\n`
}

const fonts = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('janusgrad/package.json')), 'data/fonts/DejaVuSans-subset.ttf')

/** Dots an inch that printers ask of line art. */
const dotsPerInch = 300

/** An SVG as PNG, in the font that comes with the package, so that it is the same on every machine. */
export const pngOf = async (svg: string): Promise<Uint8Array> => {
  const { Resvg } = await import('@resvg/resvg-js')
  const drawn = new Resvg(svg, {
    font: { fontFiles: [fonts()], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: dotsPerInch / 96 },
    background: 'white',
  })
  return drawn.render().asPng()
}
