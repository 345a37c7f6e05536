/**
 * A report as one HTML file: tables, figures and their data, with nothing fetched and nothing run. Its policy (CSP) allows only its
 * own style sheet, by its digest.
 */
import { createHash } from 'node:crypto'
import { escaped, htmlOf, type Table } from '../display/table.ts'
import { csvOf } from './csv.ts'
import type { Figure } from './figure.ts'

export interface Report {
  readonly title: string
  /** How it was come by, a line each: what stands before the first colon is its head. */
  readonly protocol: readonly string[]
  readonly tables: readonly Table[]
  readonly figures: readonly { readonly figure: Figure; readonly svg: string }[]
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto; padding: 0 1rem; max-width: 52rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0; font-size: .85rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { padding: .2rem .7rem .2rem 0; text-align: right; vertical-align: top; white-space: nowrap } th { border-bottom: 1px solid #222 }
th:first-child, td:first-child { text-align: left }
dl { display: grid; grid-template-columns: fit-content(14rem) 1fr; gap: .3rem 1rem }
dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
figure { margin: 1rem 0 2rem } figcaption { max-width: 42rem }
svg { max-width: 100%; height: auto } .scroll { overflow-x: auto }
pre { font-size: .75rem; max-height: 20rem; overflow: auto; background: #f6f6f6; padding: .7rem }
`

const policy = (): string => {
  const digest = createHash('sha256').update(style).digest('base64')
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
}

const protocolOf = (lines: readonly string[]): string => {
  const item = (line: string): string => {
    const [head = '', ...rest] = line.split(': ')
    return `<dt>${escaped(head)}</dt><dd>${escaped(rest.join(': '))}</dd>`
  }
  return `<dl>${lines.map(item).join('\n')}</dl>`
}

const dataOf = ({ name, data }: Figure): string =>
  [
    `<details><summary>Data of this figure: ${data.length} rows, also in <a href="data/${name}.csv">data/${name}.csv</a></summary>`,
    `<pre tabindex="0">${escaped(csvOf(data))}</pre></details>`,
  ].join('')

const figureOf = ({ figure, svg }: Report['figures'][number], i: number): string =>
  [
    `<figure id="${figure.name}">${svg}<figcaption><b>Figure ${i + 1}.</b> ${escaped(figure.caption)}</figcaption>`,
    `${dataOf(figure)}</figure>`,
  ].join('\n')

/** The whole file. */
export const reportOf = ({ title, protocol, tables, figures }: Report): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<h2>Results</h2>
${tables.map(table => `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(table.title ?? title)}">${htmlOf(table)}</div>`).join('\n')}
<h2>Protocol</h2>
${protocolOf(protocol)}
${figures.length > 0 ? '<h2>Figures</h2>' : ''}
${figures.map(figureOf).join('\n')}
</main>
</body>
</html>
`
