// Rows of a table by numbers that are known beforehand.
import { at } from './simd'
import { fill } from './vectors'

/** out[count, width] = rows of the table: `runs` pairs of a row and how often it is repeated lie at `words`. */
export function gather(out: usize, table: usize, words: usize, runs: i32, width: i32): void {
  for (let i = 0; i < runs; i++, words += 8) {
    const from = at(table, load<i32>(words) * width)
    const times = load<i32>(words, 4)
    if (width == 1) {
      fill(out, times, load<Real>(from))
      out = at(out, times)
      continue
    }
    const bytes = at(0, width)
    for (let t = 0; t < times; t++, out += bytes) memory.copy(out, from, bytes)
  }
}
