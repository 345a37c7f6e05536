import test from 'ava'
import { JanusError, KindError, NameError } from '../../../ad/errors.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { loss } from '../../../nets/formulas/loss.ts'

const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data]

test('a loss reads the logits as v and what is wanted as target or y_star; its last statement is what it costs', t => {
  const [v, target] = [tensor([1, 4]), tensor([3, 5])]
  t.deepEqual(numbers(loss('sum((v - target).^2)').each(v, target)), [5])
  t.deepEqual(numbers(loss('e = v - y_star; dot(e, e)').each(v, target)), [5])
  t.deepEqual(numbers(loss('e = v - target; c = k * sum(e); d = c * 3', { k: 2 }).each(v, target)), [-18])
})

test('the output of a loss is its y, where that is made of the logits alone', t => {
  const v = tensor([1, 4])
  t.deepEqual(numbers(loss('y = v .* v; sum(y - target)').output(v)), [1, 16])
  t.deepEqual(numbers(loss('y = v - target; sum(y)').output(v)), [1, 4])
  t.deepEqual(numbers(loss('sum(v - target)').output(v)), [1, 4])
})

/** What is no loss, and what is said of it. */
const refused: readonly (readonly [text: string, options: object, kind: typeof JanusError, says: RegExp])[] = [
  ['sum(v - targt)', {}, NameError, /at column 9: the name targt.*Did you mean `target`\?/],
  ['sum(v - w)', {}, NameError, /at column 9: the name w, .*Give \{ w: 0\.5 \}/],
  ['sum(v - ww)', {}, NameError, /Give \{ ww: 0\.5 \}/],
  ['a = sum(b); b = v; a', {}, NameError, /at column 9: the name b/],
  ['v = target; sum(v)', {}, NameError, /at column 1: an assignment to v/],
  ['pi = 3; sum(v) * pi', {}, NameError, /an assignment to pi/],
  ['k = 3; sum(v) * k', { k: 2 }, NameError, /an assignment to k/],
  ['v - target', {}, KindError, /at column 1: a loss of shape \[m\]; .*Add it up/],
  ['1 + 1', {}, KindError, /a loss of numbers alone/],
  ['sum(v)', { scale: 1 }, NameError, /a value for scale; .*Leave it out/],
  ['kk * sum(v)', { kj: 1 }, NameError, /a value for kj; .*Did you mean `kk`\?/],
  ['sum(v)', 5 as never, JanusError, /loss: 5; wanted numbers by name/],
]

for (const [text, options, instanceOf, says] of refused)
  test(`no loss: ${text} with ${JSON.stringify(options)}`, t => {
    const error = t.throws(() => loss(text, options as never), { instanceOf: instanceOf as never })
    t.regex((error as unknown as Error).message.replaceAll('\n', ' '), says)
  })

test('a name may be assigned again in a loss', t => {
  t.notThrows(() => loss('y = v; sum(y - target)'))
  t.deepEqual(numbers(loss('a = sum(v); a = a * 2; a + sum(target)').each(tensor([1]), tensor([5]))), [7])
})
