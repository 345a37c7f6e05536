const written = (c: string): string => {
  const code = c.codePointAt(0) as number
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * Text that a terminal shows and does not obey: control characters, and those that turn the direction of writing, are written
 * out as \x1b or \u202e, but for the ones that are kept, by default line ends and tabs.
 */
export const visible = (text: string, kept = '\n\t'): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, c => (kept.includes(c) ? c : written(c)))
