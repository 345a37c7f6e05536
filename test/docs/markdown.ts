/** Tables of a page that are made from a registry. */

/** Rows of cells as markdown, columns as wide as their widest cell. */
export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = [head, ...rows].map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  const rule = widths.map(width => '-'.repeat(width))
  const padded = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
  return cells
    .toSpliced(1, 0, rule)
    .map(row => `| ${padded(row).join(' | ')} |`)
    .join('\n')
}

/** What stands in a page between two comments. */
export const between = (page: string, what: string): string => {
  const [, inside = ''] = new RegExp(`<!-- ${what} -->\n([\\s\\S]*?)\n<!-- end of ${what} -->`).exec(page) ?? []
  return inside.trim()
}

/** A page with something else between two comments. */
export const replaced = (page: string, what: string, by: string): string =>
  page.replace(
    new RegExp(`(<!-- ${what} -->\n)[\\s\\S]*?(\n<!-- end of ${what} -->)`),
    (_, before: string, after: string) => `${before}\n${by}\n${after}`,
  )
