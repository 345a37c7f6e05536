/** How every figure looks: sizes in CSS pixels (96 an inch), type of 7 points, methods told apart without colour. */

const pixelsPerMillimetre = 96 / 25.4
/** Widths of a printed column and of two. */
export const widths = { single: 85 * pixelsPerMillimetre, double: 170 * pixelsPerMillimetre } as const

export const millimetres = (pixels: number): number => pixels / pixelsPerMillimetre

/** 7 points. */
export const letter = 9.33
/** From one line of labels to the next. */
export const lineHeight = 11
export const ink = '#222222'
export const faint = '#8a8a8a'

/** The width of a text in DejaVu Sans, by its mean letter. */
export const textWidth = (text: string): number => [...text].length * letter * 0.57

/** Okabe & Ito 2008, ordered so that neighbours differ in lightness too. */
const colours = ['#000000', '#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f'] as const
const dashes = [
  [1, 0],
  [5, 2],
  [1.5, 1.5],
  [8, 2, 1.5, 2],
  [3, 1.5],
] as const
const markers = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'] as const

export interface Style {
  readonly colour: string
  readonly dash: readonly number[]
  readonly marker: string
}

/** The style of the i-th method. 8, 5 and 7 have no common divisor: of 35 methods any two differ in two of colour, dash and marker. */
export const styleOf = (i: number): Style => ({
  colour: colours[i % colours.length] as string,
  dash: dashes[i % dashes.length] as readonly number[],
  marker: markers[i % markers.length] as string,
})

/** Scales of colour, dash and marker over methods in their order. */
export const scalesOf = (methods: readonly string[]) => {
  const styles = methods.map((_, i) => styleOf(i))
  const domain = [...methods]
  return {
    colour: { domain, range: styles.map(({ colour }) => colour) },
    dash: { domain, range: styles.map(({ dash }) => [...dash]) },
    marker: { domain, range: styles.map(({ marker }) => marker) },
  }
}

const text = {
  labelFontSize: letter,
  titleFontSize: letter,
  labelColor: ink,
  titleColor: ink,
  titleFontWeight: 'normal',
} as const

export const config = {
  font: 'DejaVu Sans, Verdana, sans-serif',
  background: 'white',
  axis: {
    ...text,
    gridColor: '#e4e4e4',
    domainColor: ink,
    tickColor: ink,
    tickSize: 3,
    labelPadding: 2,
    titlePadding: 5,
  },
  title: { fontSize: letter, fontWeight: 'normal', color: ink, offset: 4 },
  text: { fontSize: letter, color: ink },
  legend: { ...text, gradientThickness: 8 },
  view: { stroke: null },
} as const
