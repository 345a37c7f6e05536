/** An image of a digit: a line of a table, and a sequence of rows with its label at the end. */
import { type Either, right } from 'fp-ts/lib/Either.js'
import type { JanusError } from '../../../ad/errors.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Example } from '../../../nets/network.ts'
import { manyToOne } from '../../../nets/sequence.ts'
import { refuse } from './file.ts'
import { hotVectors } from './hot.ts'
import type { Row } from './table.ts'

/** 64 pixels row by row, whole numbers from 0 to 16, and the digit they show. */
export interface Image {
  readonly pixels: readonly number[]
  readonly label: number
}

export const [rows, columns, classes, brightest] = [8, 8, 10, 16] as const

/** The cells of an image in a table: a table of any other width is none of images. */
export const imageCells = rows * columns + 1

const upTo = (top: number, cell: string | undefined): boolean => /^\d{1,2}$/.test(cell ?? '') && Number(cell) <= top

/** A line of a table as an image. Left: a cell that is no pixel, or no label. */
export const imageOf = (name: string, row: Row): Either<JanusError, Image> => {
  const { cells } = row
  const wrong = cells.findIndex((cell, i) => !upTo(i < imageCells - 1 ? brightest : classes - 1, cell))
  const values = cells.map(Number)
  if (wrong < 0) return right({ pixels: values.slice(0, -1), label: values.at(-1) as number })
  return refuse(
    `'${name}' line ${row.line}, cell ${wrong + 1} is '${cells[wrong]}' in a table of ${imageCells} columns`,
    `images: ${imageCells - 1} whole numbers from 0 to ${brightest} and a label from 0 to ${classes - 1}`,
    'Correct that cell, or name the --column of a series',
  )
}

const hot = hotVectors(classes)

/** How an image is read: so many pixels a step, in an order of their numbers. */
export interface Reading {
  readonly width: number
  readonly order: readonly number[]
}

/** `width` pixels a step, in [0, 1]; the label at the last, nothing wanted before. */
export const sequenceOf = ({ pixels, label }: Image, { width, order }: Reading): readonly Example[] => {
  const ink = order.map(i => (pixels[i] as number) / brightest)
  const inputs = Array.from({ length: ink.length / width }, (_, t) =>
    tensorOf([width], Float64Array.from(ink.slice(t * width, (t + 1) * width))),
  )
  return manyToOne(inputs, hot[label] as Tensor)
}
