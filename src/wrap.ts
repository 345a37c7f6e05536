/** Text on a terminal: how wide it is, and broken to fit. */

const wide = String.raw`\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6`
const closing = '、。，．）」'
const isWide = new RegExp(`[${wide}]`, 'u')
/** After a space or a bracket with a comma, and between Chinese or Japanese characters, but not before a closing one. */
const breaks = new RegExp(`(?<=\\s)|(?<=[\\]}],)|(?<=[${wide}])(?![${closing}])|(?=(?![${closing}])[${wide}])`, 'u')

/** Columns of a text: two for a Chinese or Japanese character, none for a mark on the letter before it. */
export const width = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (/\p{Mn}/u.test(letter) ? 0 : isWide.test(letter) ? 2 : 1), 0)

/** A text in lines of at most so many columns, broken where it matches `at`; lines after the first begin with `indent`. */
export const folded = (text: string, columns: number, { at = breaks, indent = '' } = {}): readonly string[] => {
  const lines: string[] = []
  for (const piece of text.split(at)) {
    const longer = (lines.at(-1) ?? '') + piece
    if (lines.length > 0 && width(longer.trimEnd()) <= columns) lines[lines.length - 1] = longer
    else lines.push(lines.length > 0 ? indent + piece : piece)
  }
  return lines.map(line => line.trimEnd())
}

/** A text after a label, within 80 columns: the lines that follow begin where the text does. */
export const hanging = (label: string, text: string, columns = 80): string =>
  folded(text, columns - width(label))
    .map((line, i) => (i === 0 ? label : ' '.repeat(width(label))) + line)
    .join('\n')
