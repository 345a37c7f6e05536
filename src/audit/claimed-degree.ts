/** The degree in d of a cost as facts state it: 'd²·|θ|' is of the fourth. */

const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹'
/** The degree of a factor; null for a word that says no size. */
const factor = (text: string): number | null => {
  const inside = /^k\s*\((.*)\)$/.exec(text)
  if (inside) return sum(inside[1] as string)
  const [, letter = '', power = ''] = /^(\|θ\||[dpknm])([⁰¹²³⁴⁵⁶⁷⁸⁹]?)$/.exec(text.trim()) ?? []
  const to = power === '' ? 1 : digits.indexOf(power)
  const each: Readonly<Record<string, number>> = { '|θ|': 2, d: 1, p: 1, n: 1, k: 0, m: 0 }
  return each[letter] === undefined ? null : (each[letter] as number) * to
}

const product = (text: string): number | null => {
  if (/^k\s*\(/.test(text.trim())) return factor(text.trim())
  const parts = (text.match(/\|θ\||[dpknm][⁰¹²³⁴⁵⁶⁷⁸⁹]?|[^·\s]+/g) ?? []).map(factor)
  return parts.includes(null) ? null : parts.reduce<number>((total, one) => total + (one as number), 0)
}

const sum = (text: string): number | null => {
  const terms = text.split(/\s*\+\s*(?![^(]*\))/).map(product)
  return terms.includes(null) ? null : Math.max(...(terms as number[]))
}

/** The degree of a cost in words, |θ| being of the second and p of the first; null where a word says no size (a mask, timesteps). */
export const claimedDegree = (cost: string): number | null => sum(cost)
