/** A model file: the cell, its sizes, what the data were, and every parameter; enough to go on from, or to speak. */

import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { z } from 'zod'
import { bracket, DomainError, type JanusError, NameError, ShapeError } from '../../ad/errors.ts'
import { type Nested, nested, sameShape, type Tensor, tensor, tensorOf } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { leavesOf, rebuild, type Tree } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'
import { type CellName, cellNames, formerCellNames } from '../../nets/cells/index.ts'
import type { PerStep } from '../../nets/loss.ts'
import { type Network, network, params, type Theta } from '../../nets/network.ts'
import type { Random } from '../../nets/random.ts'
import { bytesOf, longestText } from '../bytes.ts'
import { callText } from '../call-options.ts'
import { shortDigest } from '../digest.ts'
import { mistake } from '../failure.ts'
import { parseJson } from '../json.ts'
import { orThrow } from '../options.ts'
import { type CellText, isText, type Written, writtenCell } from './cell-text.ts'
import { type About, aboutForm, type Data, kindOf } from './data/index.ts'
import { type CellChoice, cellOf } from './network.ts'
import { chooseTask } from './tasks/choice.ts'

const count = z.int().min(1)
const values: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(values)]))

/** A cell in the words of 0.1.0, in today's. */
const inNewWords = (cell: unknown): unknown => {
  if (typeof cell !== 'object' || cell === null) return cell
  const { forget, ...rest } = cell as { readonly cell?: string; readonly forget?: unknown }
  const name = formerCellNames[rest.cell ?? '']
  return { ...(forget !== undefined && { forgetBias: forget }), ...rest, ...(name && { cell: name }) }
}

/** The schema of a model file. */
const form = z.strictObject({
  format: z.literal('janusgrad-model'),
  version: z.literal(1),
  cell: z.preprocess(
    inNewWords,
    z.strictObject({
      cell: z.union([z.enum(cellNames as readonly [CellName, ...CellName[]]), z.custom<CellText>(isText)]),
      layers: count.max(16),
      hidden: count.max(1024),
      alpha: z.number().nullable(),
      forgetBias: z.number().nullable(),
      embed: count.max(1024).nullable(),
    }),
  ),
  data: aboutForm,
  parameters: z.array(z.strictObject({ name: z.string(), shape: z.array(z.int().min(0)), values })),
})

type File = z.output<typeof form>
/** What a model says of itself, and its parameters. */
export interface Model {
  readonly cell: CellChoice & { readonly hidden: number }
  readonly data: About
  readonly net: Network<Branch, Branch, PerStep>
  readonly θ: Theta
  /** SHA-256 of what the file says, its first 12 digits. */
  readonly digest: string
}

/** Leaves under their names: cell.W_rec, readout.b_out, … */
export const named = (tree: Tree, path: readonly string[] = []): readonly (readonly [string, Tensor])[] =>
  isValue(tree)
    ? [[path.join('.'), tree as Tensor]]
    : Object.entries(tree).flatMap(([name, child]) => named(child, [...path, name]))

/** A model as its file's text. */
export const modelText = (data: Data, cell: Model['cell'], θ: Theta): string => {
  const { cell: name, layers, hidden, alpha, forgetBias, embed } = cell
  const parameters = named(θ).map(([leaf, value]) => ({ name: leaf, shape: value.shape, values: nested(value) }))
  const file = { format: 'janusgrad-model', version: 1, cell: { cell: name, layers, hidden, alpha, forgetBias, embed } }
  return `${JSON.stringify({ ...file, data: kindOf(data).about(data), parameters })}\n`
}

const refuse = (path: string, given: string): E.Either<JanusError, never> =>
  E.left(
    new DomainError({
      who: 'model',
      given: `'${path}': ${given}`,
      wanted: 'a model file of janus train (model.json)',
      remedy: 'Name the model.json in the folder of a run',
    }),
  )

const textOf = (path: string): E.Either<JanusError, string> => {
  try {
    return E.right(bytesOf(path, longestText).toString('utf8'))
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    return refuse(path, code === 'ENOENT' ? 'no such file' : `not readable (${code})`)
  }
}

const contents = (path: string): E.Either<JanusError, unknown> =>
  pipe(
    textOf(path),
    E.chain(text =>
      pipe(
        parseJson(text),
        E.orElseW(fault => refuse(path, `it ${fault}`)),
      ),
    ),
  )

/** The leaves of θ as a file gives them. Throws a NameError or ShapeError that names the tensor. */
const filled = (like: Theta, parameters: File['parameters']): Theta => {
  const found = new Map(parameters.map(one => [one.name, one]))
  const wanted = named(like)
  const twice = parameters.find(one => found.get(one.name) !== one)
  if (twice)
    throw new NameError({
      who: 'model',
      given: `the tensor ${twice.name} twice`,
      wanted: 'every parameter once',
      remedy: 'Take one of them out: they may differ',
    })
  const other = parameters.find(({ name }) => !wanted.some(([known]) => known === name))
  const missing = wanted.find(([name]) => !found.has(name))
  if (other || missing)
    throw new NameError({
      who: 'model',
      given: other ? `a tensor ${other.name}` : `no tensor ${missing?.[0]}`,
      wanted: wanted.map(([name]) => name).join(', '),
      remedy: 'The parameters must be those of the cell that the file names',
    })
  return rebuild(
    like,
    wanted.map(([name, leaf]) => fitting(name, leaf, found.get(name) as File['parameters'][number])),
  )
}

const fitting = (name: string, leaf: Tensor, { shape, values: given }: File['parameters'][number]): Tensor => {
  const value = tensor(given)
  if (sameShape(shape, leaf.shape) && sameShape(value.shape, leaf.shape)) return value
  throw new ShapeError({
    who: 'model',
    given: `${name} ${bracket(sameShape(shape, leaf.shape) ? value.shape : shape)}`,
    wanted: `${name} ${bracket(leaf.shape)}`,
    remedy: 'The sizes of the cell and of the data decide the shapes',
  })
}

/** A stream that draws no numbers: parameters made from it have their names and shapes, and cost nothing. */
const unwritten: Random = {
  uniform: () => 0,
  normal: () => 0,
  sign: () => 1,
  draw: ({ shape }) => tensorOf(shape, new Float64Array(0)),
  copy: () => unwritten,
  position: () => [],
}

const built = ({ cell: named, data, parameters }: File, own: Written): Omit<Model, 'digest'> => {
  const cell = { ...named, ...own }
  const { loss, ...ends } = kindOf(data).ends(data)
  const net = network(cellOf(cell), { d: cell.hidden, ...ends }, loss)
  const like = params(net, unwritten)
  return { cell, data, net, θ: leavesOf(like).length === 0 ? like : filled(like, parameters) }
}

/** The first thing wrong, with its place. */
const problem = ({ issues: [first] }: z.ZodError): string =>
  first ? `${first.path.join('.') || 'the file'}: ${first.message}` : 'not a model'

const digestOf = (json: unknown): string => shortDigest(JSON.stringify(json))

/** A file that has the form of a model, and its digest. */
const checked = (path: string): E.Either<JanusError, { readonly file: File; readonly digest: string }> =>
  pipe(
    contents(path),
    E.chain(json => {
      const read = form.safeParse(json)
      return read.success ? E.right({ file: read.data, digest: digestOf(json) }) : refuse(path, problem(read.error))
    }),
  )

const modelOf =
  (own: Written) =>
  ({ file, digest }: { readonly file: File; readonly digest: string }): E.Either<JanusError, Model> =>
    E.tryCatch(() => ({ ...built(file, own), digest }), mistake)

/** Reads the file of a model whose cell has a name, and whose task if it has one is of the registry. Left: the file, and the tensor where one is wrong. */
export const readModel = (path: string): E.Either<JanusError, Model> => pipe(checked(path), E.chain(modelOf({})))

/** What a model says of its data, with the task of a user's own file loaded. Rejects with what is wrong with that file. */
const loaded = async (data: About): Promise<About> => {
  if (data.kind !== 'task' || data.file === undefined) return data
  const made = orThrow(await chooseTask(callText(data.task, data.options ?? {}))).made
  return { ...data, own: () => made }
}

/** Reads a model file, and makes its cell where the file has it as a text. Left: the file, the tensor or the column. */
export const openModel = (path: string): TE.TaskEither<JanusError, Model> =>
  pipe(
    TE.fromEither(checked(path)),
    TE.flatMap(read =>
      pipe(
        TE.tryCatch(() => writtenCell(read.file.cell.cell, read.file.cell.alpha), mistake),
        TE.bindTo('own'),
        TE.bind('data', () => TE.tryCatch(() => loaded(read.file.data), mistake)),
        TE.chainEitherK(({ own, data }) => modelOf(own)({ ...read, file: { ...read.file, data } })),
      ),
    ),
  )

/** Data as a model wants to hear them. Left: data of another kind, or such as the model does not know. */
export const fitted = (data: Data, model: Model): E.Either<JanusError, Data> => {
  const [kind, wanted] = [kindOf(data), kindOf(model.data)]
  if (kind === wanted) return kind.fitted(data, model.data)
  return refuse(data.name, `${kind.phrase} for a model of ${wanted.phrase}`)
}
