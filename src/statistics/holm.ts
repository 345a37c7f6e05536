/**
 * p-values corrected for how many there are, in their order: sorted, p₍ᵢ₎ ← max_{j ≤ i} min(1, (m - j + 1) p₍ⱼ₎). Holm 1979. The chance
 * that any of them is below α where no difference is real is at most α.
 */
export const holm = (ps: readonly number[]): readonly number[] => {
  const corrected = [...ps]
  const order = ps.map((_, i) => i).sort((a, b) => (ps[a] ?? 0) - (ps[b] ?? 0))
  let least = 0
  order.forEach((at, i) => {
    least = Math.max(least, Math.min(1, (ps.length - i) * (ps[at] ?? Number.NaN)))
    corrected[at] = least
  })
  return corrected
}
