/** The kinds of data there are. */
import { z } from 'zod'
import type { TaskChoice } from '../tasks/choice.ts'
import { type Images, images, imagesForm, pixels, pixelsForm } from './images.ts'
import type { Defaults, Kind } from './kind.ts'
import { type Series, series, seriesForm } from './series.ts'
import { type Made, task, taskForm } from './task.ts'
import { type Text, text, textForm } from './text.ts'
import { type Vectors, vectors, vectorsForm } from './vectors.ts'

/** A data set: its first 90% (rounded down) to train on, the tail held out; of a made-up task as many steps as are asked for. */
export type Data = Text | Series | Vectors | Images | Made

/** What a model file says of the data it was trained on. */
export const aboutForm = z.discriminatedUnion('kind', [
  textForm,
  seriesForm,
  vectorsForm,
  imagesForm,
  pixelsForm,
  taskForm,
])
export type About = z.output<typeof aboutForm>

/** Kinds by name. */
export const kinds: { readonly [K in Data['kind']]: Kind<Data, About> } = {
  text,
  series,
  vectors,
  images,
  pixels,
  task,
}

/** The kind of a data set, or of what a model says of one. It is only ever asked about its own. */
export const kindOf = ({ kind }: Data | About): Kind<Data, About> => kinds[kind]

const ofTask = ({ task: { defaults }, made: { trial } }: TaskChoice): Partial<Defaults> => ({
  ...defaults,
  ...(trial !== undefined && { window: trial, online: trial, washout: trial }),
})

/** What options are where they are left out: those of its kind, for a task with those that it has of its own. */
export const defaultsOf = (data: Data): Defaults => ({
  ...kindOf(data).defaults,
  ...(data.kind === 'task' && ofTask(data.choice)),
})
