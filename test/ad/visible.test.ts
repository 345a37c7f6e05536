import test from 'ava'
import { visible } from '../../ad/visible.ts'

test('control characters are written out in two or four digits, but for those that are kept', t => {
  t.is(visible('a\x1b[1m\x00\u202e\u2028b\n\t'), 'a\\x1b[1m\\x00\\u202e\\u2028b\n\t')
  t.is(visible('\x7f\x9f\u061c'), '\\x7f\\x9f\\u061c')
  t.is(visible('a\nb\tc', ''), 'a\\x0ab\\x09c')
  t.is(visible('å\u00adé𝑥'), 'å\u00adé𝑥')
})
