// Rows of a table by numbers that are known beforehand, and rows put back by them.
import { at, STEP } from './simd'
import { addTo, fill, sum } from './vectors'

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

/** out[count, width] = values added up by their rows: `runs` pairs of a row and how many values in a row belong to it lie at `words`. */
export function scatter(out: usize, values: usize, words: usize, runs: i32, count: i32, width: i32): void {
  fill(out, count * width, 0)
  const bytes = <usize>width * STEP
  for (let i = 0; i < runs; i++, words += 8) {
    const to = at(out, load<i32>(words) * width)
    const times = load<i32>(words, 4)
    if (width == 1) {
      store<Real>(to, load<Real>(to) + sum(values, times))
      values = at(values, times)
      continue
    }
    for (let t = 0; t < times; t++, values += bytes) addTo(to, values, width)
  }
}
