import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { csvOf } from '../../../src/figures/csv.ts'
import type { Figure } from '../../../src/figures/figure.ts'
import { lagFigure } from '../../../src/figures/lags.ts'
import { learningCurve } from '../../../src/figures/learning-curve.ts'
import { matrixFigure } from '../../../src/figures/matrix.ts'
import { pngOf, svgOf, viewOf } from '../../../src/figures/render.ts'
import { seedDots } from '../../../src/figures/seeds.ts'
import { spread } from '../../../src/figures/spread.ts'
import { letter, styleOf } from '../../../src/figures/theme.ts'
import { triangleFigure } from '../../../src/figures/triangles.ts'
import { unitCircle } from '../../../src/figures/unit-circle.ts'
import { writeReport } from '../../../src/figures/write.ts'

const rules = ['bptt', 'rtrl', 'rflo', 'uoro(order=marschall)', './mine.js'] as const
const seeds = [0, 1, 2, 3, 4] as const

/** Runs that come to nearly the same place, so that their labels must be moved apart; the last diverges in most seeds. */
const courses = rules.flatMap((rule, r) =>
  seeds.map(seed => ({
    rule,
    seed,
    points: Array.from({ length: 21 }, (_, i) => ({
      x: 150 * i,
      y: r === 4 && seed > 1 && i > 12 ? Infinity : 0.5 + 0.001 * r + 0.2 * Math.exp(-i / 4) + 0.001 * seed,
    })),
  })),
)
const references = ['no dependency', 'the far one', 'the near one', 'both'].map((name, i) => ({
  name,
  value: 0.52 - 0.005 * i,
}))
const figures: readonly Figure[] = [
  learningCurve(courses, { name: 'learning-curve', x: 'steps', y: 'nats a step', references }),
  seedDots(
    courses.map(({ rule, seed, points }) => ({ rule, seed, value: points.at(-1)!.y })),
    { name: 'seeds', x: 'nats a step' },
  ),
  matrixFigure({
    name: 'alignment',
    title: 'alignment',
    caption: 'cosines',
    rows: rules,
    columns: rules,
    values: rules.map((_, i) => rules.map((_, j) => (i === 4 ? Number.NaN : Math.cos(i - j)))),
  }),
  lagFigure(
    rules.map((rule, r) => ({ rule, values: Array.from({ length: 21 }, (_, lag) => Math.exp(-lag * r)) })),
    { name: 'lags', title: 'lags', caption: 'cosines', y: 'cosine' },
  ),
  triangleFigure(
    rules.map((rule, r) => ({
      rule,
      sizes: Array.from({ length: 12 }, (_, t) =>
        Array.from({ length: t + 1 }, (_, s) => (r === 4 && s < t ? 0 : Math.exp(s - t))),
      ),
    })),
    { name: 'triangles', title: 'triangles', caption: 'sizes' },
  ),
  unitCircle(
    rules.flatMap(rule =>
      (['before', 'after'] as const).map(when => ({
        rule,
        when,
        eigenvalues: [0, 1, 2, 3].map(i => ({ re: Math.cos(i), im: Math.sin(i) })),
      })),
    ),
    { name: 'spectra', title: 'spectra', caption: 'eigenvalues' },
  ),
]

/** A mark or item of Vega's scene, as far as labels are read from it. */
interface Item {
  readonly marktype?: string
  readonly items?: readonly Item[]
  readonly x?: number
  readonly y?: number
  readonly text?: unknown
  readonly align?: string
  readonly baseline?: string
  readonly angle?: number
  readonly fontSize?: number
  readonly opacity?: number
}
interface Box {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const shares: Readonly<Record<string, number>> = { left: 0, center: 0.5, right: 1, top: 0, middle: 0.5, bottom: 1 }

/** The box of a level or upright label; letters are at least half as wide as they are high. */
const boxOf = (
  { text, align = 'left', baseline = 'bottom', fontSize = 0, angle = 0 }: Item,
  x: number,
  y: number,
): Box => {
  const [width, height] = [String(text).length * fontSize * 0.52, fontSize * 0.8]
  const [along, across] = [(shares[align] ?? 0) * width, (shares[baseline] ?? 1) * height]
  return angle === 0
    ? { text: String(text), left: x - along, right: x + width - along, top: y - across, bottom: y + height - across }
    : { text: String(text), left: x - across, right: x + height - across, top: y - along, bottom: y + width - along }
}

/** Every label of a scene that is seen; slanted ones are left out. */
const boxesOf = (mark: Item, x = 0, y = 0): readonly Box[] =>
  (mark.items ?? []).flatMap(item => {
    const [at, down] = [x + (item.x ?? 0), y + (item.y ?? 0)]
    if (mark.marktype === 'group') return (item.items ?? []).flatMap(child => boxesOf(child, at, down))
    const seen = mark.marktype === 'text' && item.opacity !== 0 && ![45, -45, 315].includes(item.angle ?? 0)
    return seen ? [boxOf(item, at, down)] : []
  })

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

for (const figure of figures) {
  test(`${figure.name}: no label stands over another, and all are inside the figure`, async t => {
    const view = await viewOf(figure)
    const boxes = boxesOf((view.scenegraph() as unknown as { root: Item }).root)
    t.true(boxes.length > 4)
    const pairs = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter(b => overlap(a, b))
        .map(b => `${a.text} | ${b.text}`),
    )
    t.deepEqual(pairs, [])
    const [, width = '', height = ''] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(await view.toSVG())!
    const { left = 0, top = 0 } = figure.spec.padding as { left?: number; top?: number }
    const out = boxes.filter(
      box =>
        box.left < -left || box.top < -top || box.right > Number(width) - left || box.bottom > Number(height) - top,
    )
    t.deepEqual(out, [])
  })

  test(`${figure.name}: as wide as a printed column or two, the same every time, without styles or scripts`, async t => {
    const svg = await svgOf(figure)
    t.regex(svg, /^<svg[^>]* width="(85|170)\.00mm"/)
    t.is(await svgOf(figure), svg)
    t.notRegex(svg, /<style|<script|\sstyle=|\son[a-z]+=|\s(xlink:)?href=|NaN|undefined/)
    const png = await pngOf(svg)
    t.deepEqual([...png.subarray(1, 4)], [0x50, 0x4e, 0x47])
  })
}

test('a PNG has the letters that the SVG has: without its font it would be another picture', async t => {
  const svg = await svgOf(figures[0]!)
  const without = svg.replace(/<text[^>]*>[^<]*<\/text>/g, '')
  t.notDeepEqual(await pngOf(svg), await pngOf(without))
})

test('of 35 methods any two differ in two of colour, dash and marker', t => {
  const styles = Array.from({ length: 35 }, (_, i) => styleOf(i))
  for (const [i, a] of styles.entries())
    for (const b of styles.slice(i + 1)) {
      const differ = [a.colour !== b.colour, a.dash !== b.dash, a.marker !== b.marker].filter(Boolean).length
      t.true(differ >= 2)
    }
})

test('places moved apart keep their order and their gap, stay inside, and move no more than they must', t => {
  t.deepEqual(spread([50, 10, 52], 10, 0, 100), [46, 10, 56])
  t.deepEqual(spread([98, 99], 10, 0, 100), [90, 100])
  t.deepEqual(spread([1, 0], 10, 0, 100), [10, 0])
  t.deepEqual(spread([], 10, 0, 100), [])
  const places = spread([5, 5, 5, 90, 91, 30], letter, 0, 100)
  const sorted = places.toSorted((a, b) => a - b)
  for (const [i, place] of sorted.entries()) t.true(i === 0 || place - sorted[i - 1]! >= letter - 1e-9)
})

test('the median is drawn as far as it is finite, and a run that diverged is named so', t => {
  const rows = figures[0]!.data.filter(({ rule }) => rule === './mine.js')
  t.deepEqual(
    rows.map(({ median }) => median === null),
    Array.from({ length: 21 }, (_, i) => i > 12),
  )
  t.true(JSON.stringify(figures[0]!.spec).includes('./mine.js (diverged)'))
  t.false(JSON.stringify(figures[0]!.spec).includes('bptt (diverged)'))
})

test('cells of CSV are quoted where they must be, and empty where there is nothing', t => {
  t.is(
    csvOf([
      { rule: 'a,b', x: 1 },
      { rule: 'say "c"', y: null, x: 0.5 },
    ]),
    'rule,x,y\n"a,b",1,\n"say ""c""",0.5,\n',
  )
})

test('a report has every figure, its data and its tables, fetches nothing, and its policy allows its own style alone', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'janusgrad-report-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const tables = [{ title: 'what <came> out', head: ['rule', 'loss'], rows: [['bptt', '0.5']] }]
  await writeReport(folder, figures, { title: 'Add & more', protocol: ['task: add', 'note: a: b'], tables })
  const html = readFileSync(join(folder, 'report.html'), 'utf8')
  t.is(html.match(/<svg /g)!.length, figures.length)
  t.notRegex(html, /<script|\sstyle=|src=|url\((?!#)|@import|<link|href="(?!data\/)/)
  t.true(html.includes('what &lt;came&gt; out') && html.includes('<dt>note</dt><dd>a: b</dd>'))
  const digest = /style-src &#39;sha256-([^&]+)&#39;/.exec(html)?.[1] ?? ''
  const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? ''
  t.is(createHash('sha256').update(style).digest('base64'), digest)
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  t.is(new Set(ids).size, ids.length)
  for (const { name, data } of figures) {
    t.true(html.includes(`id="${name}"`))
    t.deepEqual(readFileSync(join(folder, 'data', `${name}.csv`), 'utf8'), csvOf(data))
  }
  t.deepEqual(
    readdirSync(join(folder, 'figures')).sort(),
    figures.flatMap(({ name }) => [`${name}.png`, `${name}.svg`]).sort(),
  )
})
