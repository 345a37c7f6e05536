/** What a figure is: marks by Vega-Lite, their data, and a caption that says how to read it. */
import type { TopLevelSpec } from 'vega-lite'

/** A row of a figure's data; null where there is no number. */
export type Datum = Readonly<Record<string, string | number | boolean | null>>

/** Any part of a specification of Vega-Lite 6. */
export type Spec = TopLevelSpec

/** A figure at its printed size: one column of a page, 85 mm, or both, 170 mm. */
export interface Figure {
  /** The name of its files. */
  readonly name: string
  readonly title: string
  /** What is shown and how to read it. */
  readonly caption: string
  readonly data: readonly Datum[]
  readonly spec: Spec
  /** Width and height inside the padding, of a figure of several panels; one plot says it in its specification. */
  readonly inside?: { readonly width: number; readonly height: number }
}
