import test from 'ava'
import { describe, hasMethod } from '../../ad/describe.ts'
import { DomainError, KindError, NameError } from '../../ad/errors.ts'
import {
  ranges,
  refuseText,
  requireCount,
  requireFunction,
  requireList,
  requireMethod,
  requireNames,
  requireRange,
  requireRecord,
} from '../../ad/require.ts'
import { scalar, zeros } from '../../ad/tensor.ts'

const promise = Promise.resolve(1)

test('a count is whole and of a least number at least', t => {
  const count = (n: number, least?: number) => () => requireCount('mask', `n = ${n}`, n, 'Take 1.', least)
  for (const n of [1, 2, 1e9]) t.notThrows(count(n))
  t.notThrows(count(0, 0))
  for (const n of [0, -1, 1.5, Number.NaN, Infinity])
    t.throws(count(n), {
      instanceOf: DomainError,
      message: `mask: n = ${n}; wanted a whole number of at least 1. Take 1.`,
    })
  t.throws(count(1, 2), { message: /at least 2/ })
})

test('every range holds the numbers between its ends, and no others', t => {
  const tried = [-Infinity, -1, 0, 0.5, 1, 1.5, 2, Infinity, Number.NaN]
  const among = Object.entries(ranges).map(([name, { has }]) => [name, tried.filter(x => has(x))])
  t.deepEqual(Object.fromEntries(among), {
    finite: [-1, 0, 0.5, 1, 1.5, 2],
    positive: [0.5, 1, 1.5, 2],
    atLeast0: [0, 0.5, 1, 1.5, 2],
    from0below1: [0, 0.5],
    from0to1: [0, 0.5, 1],
    above0to1: [0.5, 1],
  })
})

test('what is no number of a range is refused, a text in quotes', t => {
  const range = (x: unknown) => () => requireRange('adam', 'beta1', x, ranges.from0below1, 'Take 0.9')
  t.notThrows(range(0.5))
  t.throws(range(1), { instanceOf: DomainError, message: 'adam: beta1 = 1; wanted beta1 in [0, 1). Take 0.9.' })
  t.throws(range('0.5'), { message: /beta1 = '0.5'/ })
  t.throws(range(undefined), { message: /beta1 = undefined/ })
})

test('what was given is described in a few words', t => {
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, 'nothing'],
    [null, 'null'],
    [[1, 2], 'a list of 2'],
    [Math.max, 'the function max'],
    [() => 1, 'the function without a name'],
    [promise, 'a promise, not yet awaited'],
    ['W', "'W'"],
    [3, '3'],
    [zeros([2, 3]), 'a value [2, 3]'],
    [{}, 'an empty object'],
    [{ x: 1, target: 2 }, 'an object of x, target'],
    [{ a: 1, b: 2, c: 3, d: 4 }, 'an object of a, b, c, …'],
    [{ constructor: 1 }, 'an object of constructor'],
    [{ ['x'.repeat(40)]: 1 }, `an object of ${'x'.repeat(30)}…`],
    [{ ['x'.repeat(30)]: 1 }, `an object of ${'x'.repeat(30)}`],
    [new (class {})(), 'an object'],
    [new Set(), 'an object Set'],
    [Object.create(null), 'an empty object'],
  ]
  for (const [given, words] of cases) t.is(describe(given), words)
})

test('a method is asked of whatever there is', t => {
  t.true(hasMethod({ step: () => 1 }, 'step'))
  t.false(hasMethod({ step: 1 }, 'step'))
  for (const nothing of [null, undefined, {}]) t.false(hasMethod(nothing, 'step'))
  t.notThrows(() => requireMethod('train', { step: () => 1 }, 'step', 'a cell', 'Call it'))
  t.throws(() => requireMethod('train', {}, 'step', 'a cell', 'Call it', ' in layer 2'), {
    instanceOf: KindError,
    message: 'train: an empty object in layer 2; wanted a cell. Call it.',
  })
  t.throws(() => requireMethod('train', {}, 'step', 'a cell', 'Call it'), { message: /an empty object; wanted/ })
})

test('lists, records and functions are told from all else', t => {
  const given = {
    list: [1],
    numbers: new Float64Array(1),
    view: new DataView(new ArrayBuffer(8)),
    record: { a: 1 },
    f: () => 1,
    promise,
    value: scalar(1),
    none: undefined,
    null: null,
    text: 'a',
    number: 1,
  }
  const accepted = (require: (x: unknown) => void): readonly string[] =>
    Object.entries(given).flatMap(([name, x]) => {
      try {
        require(x)
        return [name]
      } catch (error) {
        t.true(error instanceof KindError && /^who: .*; wanted such/.test(error.message), name)
        return []
      }
    })
  t.deepEqual(
    accepted(x => requireList('who', x, 'such', 'Do')),
    ['list', 'numbers'],
  )
  t.deepEqual(
    accepted(x => requireRecord('who', x, 'such', 'Do')),
    ['view', 'record'],
  )
  t.deepEqual(
    accepted(x => requireFunction('who', x, 'such', 'Do')),
    ['f'],
  )
})

test('a text in place of a function is refused by its first 40 characters', t => {
  t.notThrows(() => refuseText('cell', () => 1))
  t.throws(() => refuseText('loss', `${'x'.repeat(40)}y`), {
    instanceOf: KindError,
    message: new RegExp(`^loss: the text '${'x'.repeat(40)}'; .*import \\{ loss \\}`),
  })
})

test('options are a record of known names', t => {
  const names =
    (options: unknown, known = ['alpha', 'decay']) =>
    () =>
      requireNames('leaky', options, known)
  t.notThrows(names({ decay: 1 }))
  t.notThrows(names({}, []))
  for (const options of [undefined, null, 3, [1], promise, scalar(1)])
    t.throws(names(options), {
      instanceOf: KindError,
      message: /^leaky: options .*; wanted a record of alpha, decay\. /,
    })
  t.throws(names(undefined), { message: /options undefined;/ })
  t.throws(names([1]), { message: /options a list of 1;/ })
  t.throws(names(3, []), { message: /; wanted no options\./ })
  t.throws(names({ alpha: 1, decoy: 1 }), {
    instanceOf: NameError,
    message: 'leaky: an option decoy; wanted alpha, decay. Did you mean decay?',
  })
  t.throws(names({ xyz: 1 }), { message: /an option xyz; .* Leave it out\./ })
  t.throws(names({ xyz: 1 }, []), { message: /an option xyz; wanted no options\./ })
})
