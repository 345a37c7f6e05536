/** Small figures in SVG: a curve, a matrix of shades. */

const [width, height, pad] = [360, 80, 4] as const
const svg = (w: number, h: number, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${body}</svg>`

const finite = (xs: readonly number[]): readonly number[] => xs.filter(Number.isFinite)

/** Numbers in order as a curve from the least to the largest; what is not finite is left out. */
export const curve = (xs: readonly number[]): string => {
  const known = finite(xs)
  const low = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const place = (x: number, i: number): string => {
    const across = pad + (i * (width - 2 * pad)) / Math.max(1, xs.length - 1)
    return `${across.toFixed(1)},${(height - pad - ((x - low) / (high - low || 1)) * (height - 2 * pad)).toFixed(1)}`
  }
  const points = xs.flatMap((x, i) => (Number.isFinite(x) ? [place(x, i)] : []))
  return svg(width, height, `<polyline fill="none" stroke="steelblue" points="${points.join(' ')}"/>`)
}

const side = 28

/** Rows of numbers as squares, blue above zero and red below, darker for larger; rows may be of any length. */
export const shades = (rows: readonly (readonly number[])[]): string => {
  const largest = finite(rows.flat()).reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1
  const square = (x: number, i: number, j: number): string => {
    const colour = x < 0 ? 'firebrick' : 'steelblue'
    const shade = Number.isFinite(x) ? (Math.abs(x) / largest).toFixed(3) : '0'
    const at = `x="${j * side}" y="${i * side}" width="${side - 1}" height="${side - 1}"`
    return `<rect ${at} fill="${colour}" fill-opacity="${shade}" stroke="silver"><title>${x}</title></rect>`
  }
  const across = Math.max(1, ...rows.map(row => row.length))
  return svg(
    across * side,
    rows.length * side,
    rows.map((row, i) => row.map((x, j) => square(x, i, j)).join('')).join(''),
  )
}
