/** What JavaScript's own operators and templates meet in a value: a text, or an error that says which operation to write instead. */
import { bracket, KindError } from './errors.ts'

const inspect = Symbol.for('nodejs.util.inspect.custom')

const refuse = (): never => {
  throw new KindError({
    who: 'value',
    given: 'a value where JavaScript takes a number: + - * / > < or a function of Math',
    wanted: 'operations on values',
    remedy:
      'Use add, sub, mul, div, greater, where, tanh, exp, …; item(x) is the number of a tensor [] that no derivative is taken of',
  })
}

/** What every value is made from. Printed, it shows itself; in arithmetic or a comparison of JavaScript it throws a KindError. */
export abstract class Guarded {
  abstract toString(): string
  [Symbol.toPrimitive](hint: string): string {
    return hint === 'string' ? this.toString() : refuse()
  }
  [inspect](): string {
    return this.toString()
  }
}

/** A value that an interpreter made: it has a shape, and no numbers to read. */
export abstract class Inside<I> extends Guarded {
  readonly interpreter: I
  readonly shape: readonly number[]
  constructor(interpreter: I, shape: readonly number[]) {
    super()
    this.interpreter = interpreter
    this.shape = shape
  }
  /** Throws a KindError. */
  get data(): never {
    throw new KindError({
      who: 'value',
      given: 'a look at the numbers of a value inside a derivative, a batch or a trace',
      wanted: 'operations on the value itself',
      remedy: 'Use slice for some of its entries, where in place of an if',
    })
  }
  override toString(): string {
    return `a value ${bracket(this.shape)} inside a derivative, a batch or a trace`
  }
}
