/** What a command of `janus` is: its name, what it takes, a line of help, and a body that is loaded when it runs. */
import type { Command } from '../failure.ts'

/** A text of help, or one made of a registry, which is loaded only where it is read. */
export type Text = string | (() => Promise<string>)

/** An option: its text, or also that it must be given or that help leaves it out. */
export type Option = Text | { readonly says: Text; readonly required?: true; readonly hidden?: true }

/** Options by their flags: `'--steps <n>'` takes a value, `'--json'` none. */
export type Options = Readonly<Record<string, Option>>

/** An option that is read and that no help shows. */
export const hidden = { says: '', hidden: true } as const

type Camel<S extends string> = S extends `${infer Head}-${infer Rest}` ? `${Head}${Capitalize<Camel<Rest>>}` : S
type NameOf<F> = F extends `${string}--${infer Rest}`
  ? Camel<Rest extends `${infer Word} ${string}` ? Word : Rest>
  : never
type ValueOf<F> = F extends `${string} <${string}>` ? string : true
type Needed<O extends Options> = { [F in keyof O]: O[F] extends { required: true } ? F : never }[keyof O]

/** What the command line gives of options, by the names of their flags: `--forget-bias <b>` is forgetBias. */
export type Given<O extends Options> = { readonly [F in Exclude<keyof O, Needed<O>> as NameOf<F>]?: ValueOf<F> } & {
  readonly [F in Needed<O> as NameOf<F>]: ValueOf<F>
}

/** What it gives of arguments: `<files...>` and `[settings...]` any number, `<cell>` one, `[pattern]` one or none. */
export type Taken<A extends string> = A extends `<${string}...>` | `[${string}...]`
  ? readonly string[]
  : A extends `<${string}>`
    ? readonly [string]
    : A extends `[${string}]`
      ? readonly [string?]
      : readonly []

/** A command of the registry. */
export interface Entry {
  readonly name: string
  readonly takes?: string
  /** What it does, in a line. */
  readonly does: string
  readonly options?: Options
  readonly examples?: readonly string[]
  /** Loads the body, and begins it. */
  run(taken: readonly string[], options: Readonly<Record<string, string | true>>): Promise<Command>
}

/** Makes a command; what its body is given has the types that its flags say. */
export const command = <const A extends string = '', const O extends Options = Record<never, never>>(
  entry: Omit<Entry, 'run'> & {
    readonly takes?: A
    readonly options?: O
    run(taken: Taken<A>, options: Given<O>): Promise<Command>
  },
): Entry => entry as Entry
