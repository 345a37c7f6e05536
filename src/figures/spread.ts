/** Places moved apart, so that no label lies over another. */

/** Groups of labels that touch: how many, and where the first would best stand. */
interface Group {
  readonly count: number
  readonly first: number
}

/**
 * The places nearest to some wanted ones (in squares) that are in the same order, at least a gap apart, and from low to high as far as
 * there is room: pool adjacent violators (Ayer et al. 1955) on place - rank · gap.
 */
export const spread = (wanted: readonly number[], gap: number, low: number, high: number): readonly number[] => {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const groups: Group[] = []
  order.forEach((at, rank) => {
    let group: Group = { count: 1, first: (wanted[at] ?? 0) - rank * gap }
    for (let before = groups.at(-1); before && before.first >= group.first; before = groups.at(-1)) {
      const count = before.count + group.count
      group = { count, first: (before.first * before.count + group.first * group.count) / count }
      groups.pop()
    }
    groups.push(group)
  })
  const highest = Math.max(low, high - (wanted.length - 1) * gap)
  const bases = groups.flatMap(({ count, first }) =>
    Array.from({ length: count }, () => Math.min(highest, Math.max(low, first))),
  )
  const places = wanted.map(() => 0)
  order.forEach((at, rank) => {
    places[at] = (bases[rank] ?? 0) + rank * gap
  })
  return places
}
