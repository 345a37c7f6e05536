/** A process in which mutants are tried: it decides propositions of the copy, and says what it finds to its parent. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Decision, Proposition } from '../../proofs/index.ts'
import { copy } from './copy.ts'

/** What a proposition does without a mutant: whether it is as claimed, how long it takes, which mutants it reaches. */
export interface Baseline {
  readonly passed: boolean
  readonly ms: number
  readonly reached: readonly number[]
}

/** Asks for the propositions without a mutant, or to try one mutant on one, by its place in the list. */
export type Request = { readonly baseline: true } | { readonly mutant: number; readonly proposition: number }

export type Answer =
  /** The modules are loaded; the mutants reached by that are of no proposition. */
  | { readonly ready: true; readonly reached: readonly number[] }
  | { readonly baseline: readonly Baseline[] }
  /** What the proposition says if it finds the mutant, and whether it is then not as claimed without it either. */
  | { readonly killedBy: string | null; readonly tainted: boolean }

interface Switch {
  readonly hits: Uint8Array
  choose(mutant: number): void
}

const load = (file: string) => import(pathToFileURL(join(copy, file)).href)
const { hits, choose }: Switch = await load('switch.js')
const { find, decide }: typeof import('../../proofs/index.ts') = await load('dist/proofs/index.js')

const effort = { runs: 5, seed: 1, shrink: false }
const list = find()
const send = (answer: Answer): void => void process.send?.(answer)

const reached = (): readonly number[] => {
  const numbers = [...hits.keys()].filter(number => hits[number] === 1)
  hits.fill(0)
  return numbers
}

/** Whether a proposition is as claimed; a throw outside its cases is none. */
const stands = (proposition: Proposition): boolean => {
  try {
    return (decide(proposition, effort) satisfies Decision).passed
  } catch {
    return false
  }
}

const baseline = (): readonly Baseline[] =>
  list.map(([, proposition]) => {
    const start = performance.now()
    const passed = stands(proposition)
    return { passed, ms: performance.now() - start, reached: reached() }
  })

const tryOut = (mutant: number, place: number): Answer => {
  const [storey, proposition] = list[place]!
  choose(mutant)
  const found = !stands(proposition)
  choose(0)
  return found
    ? { killedBy: `${storey}: ${proposition.claim}`, tainted: !stands(proposition) }
    : { killedBy: null, tainted: false }
}

process.on('message', (request: Request) =>
  send('baseline' in request ? { baseline: baseline() } : tryOut(request.mutant, request.proposition)),
)
send({ ready: true, reached: reached() })
