import test from 'ava'
import { DomainError } from '../../../ad/errors.ts'
import { pointed } from '../../../ad/formula/position.ts'

const problem = { given: 'this', wanted: 'that', remedy: 'Do it' }
const at = (text: string, place: number) => pointed(DomainError, { who: 'cell', text }, place, problem)
/** The line that an error quotes, and the column of its caret, from 0. */
const quoted = (text: string, place: number) => {
  const [, line = '', caret = ''] = at(text, place).message.split('\n')
  return { line: line.slice(2), caret: caret.length - 3 }
}

test('an error about a place says its line and column, and points at it', t => {
  t.is(at('h = W', 4).given, '"h = W" at column 5: this')
  t.is(at('u = 1\nh = W\nv = 2', 10).given, '"h = W" at line 2, column 5: this')
  t.is(at('u = 1\nh = W', 0).given, '"u = 1" at line 1, column 1: this')
  t.is(at('u = 1\nh = W', 6).given, '"h = W" at line 2, column 1: this')
  t.is(at('u = 1\nh = W', 5).given, '"u = 1" at line 1, column 6: this')
  t.is(at('\nh\n', 1).given, '"h" at line 2, column 1: this')
  t.is(at('u\n\tW', 3).given, '" W" at line 2, column 2: this')
  t.is(at('ab', 1).message.split('\n').slice(1).join('\n'), '  ab\n   ^')
})

test('a letter of two code units is one column', t => {
  t.is(at('𝒉 = W', 5).given, '"𝒉 = W" at column 5: this')
})

test('of a long line a part is quoted that fits the page, with the caret below the place', t => {
  for (const length of [71, 72, 73, 74, 150]) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(0x4e00 + i)).join('')
    for (let place = 0; place < length; place++) {
      const { line, caret } = quoted(text, place)
      t.is(line[caret], text[place], `${length}, ${place}`)
      const letters = line.replaceAll('…', '')
      t.true(text.includes(letters) && [...line].length <= 72)
      t.is(line.startsWith('…'), !text.startsWith(letters))
      t.is(line.endsWith('…'), !text.endsWith(letters))
      t.is(letters.length, length <= 72 ? length : 70)
    }
    const { line, caret } = quoted(text, length)
    t.is(caret, line.length, 'what is missing is after the last letter')
  }
})

test('a place in the middle of a long line is quoted with as much before it as after it', t => {
  const { line, caret } = quoted('x'.repeat(60) + 'y'.repeat(60), 60)
  t.is(line, `…${'x'.repeat(35)}${'y'.repeat(35)}…`)
  t.is(caret, 36)
})
