/** What shadows.jsonl of a run says of its shadows, in short. */
import { join } from 'node:path'
import { z } from 'zod'
import { files, linesIn } from './files.ts'

const lagForm = z.looseObject({ lag: z.int(), error: z.number().nullable(), cosine: z.number().nullable() })
const alikeForm = z.looseObject({ rule: z.string(), group: z.literal('all'), cosine: z.number() })
const lagsForm = z.looseObject({ step: z.int(), rule: z.string(), lags: z.array(lagForm) })
const withoutForm = z.looseObject({ rule: z.string(), without: z.string() })
const eigenvaluesForm = z.looseObject({ step: z.int(), eigenvalues: z.array(z.tuple([z.number(), z.number()])) })

/** The lines of one form. */
const ofForm = <A>(lines: readonly unknown[], form: z.ZodType<A>): readonly A[] =>
  lines.flatMap(line => {
    const read = form.safeParse(line)
    return read.success ? [read.data] : []
  })

/** A rule of a run: the mean cosine to the gradient that trained, and the error of its credit by lag at the last look. */
export interface ShadowNote {
  readonly cosine?: number
  readonly lags?: { readonly step: number; readonly errors: readonly (number | null)[] }
  /** Why it has no triangle. */
  readonly without?: string
}

export interface ShadowNotes {
  readonly rules: Readonly<Record<string, ShadowNote>>
  /** Of the Jacobian of one step at the last look: the largest |λ|, and all λ as [re, im]. */
  readonly eigenvalues: {
    readonly step: number
    readonly radius: number
    readonly all: readonly [number, number][]
  } | null
}

const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length

/** The notes of a run; null where it had no shadows. */
export const shadowNotes = (folder: string): ShadowNotes | null => {
  const lines = linesIn(join(folder, files.shadows))
  if (lines.length === 0) return null
  const [alike, lags, without] = [ofForm(lines, alikeForm), ofForm(lines, lagsForm), ofForm(lines, withoutForm)]
  const noteOf = (name: string): ShadowNote => {
    const cosines = alike.filter(({ rule }) => rule === name).map(({ cosine }) => cosine)
    const last = lags.findLast(({ rule }) => rule === name)
    const why = without.find(({ rule }) => rule === name)?.without
    return {
      ...(cosines.length > 0 && { cosine: mean(cosines) }),
      ...(last && { lags: { step: last.step, errors: last.lags.map(({ error }) => error) } }),
      ...(why !== undefined && { without: why }),
    }
  }
  const names = [...new Set([...alike, ...lags, ...without].map(({ rule }) => rule))]
  const seen = ofForm(lines, eigenvaluesForm).at(-1)
  return {
    rules: Object.fromEntries(names.map(name => [name, noteOf(name)])),
    eigenvalues: seen
      ? {
          step: seen.step,
          radius: Math.max(...seen.eigenvalues.map(([re, im]) => Math.hypot(re, im))),
          all: seen.eigenvalues,
        }
      : null,
  }
}
