import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError, ShapeError } from '../ad/errors.ts'
import { scalar, tensor } from '../ad/tensor.ts'
import { evaluate, messageOf, perform, repl, writer } from '../src/repl.ts'

const misfit = 'matvec(eye(2), tensor([1, 2, 3]))'

/** What a script prints, and what it threw at its end. */
const played = async (script: string): Promise<{ printed: string; thrown: unknown }> => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(script)
  const ending = perform({ input, output }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const thrown = await ending
  output.end()
  return { printed: await text(output), thrown }
}

test('an expression sees everything public', async t => {
  t.is(writer(await evaluate('grad(x => mul(x, x))(tensor(3))')), '6')
  t.is(writer(await evaluate('rtrl === forwards(influence(dense)) || typeof bptt')), "'function'")
})

test('an expression may await and may end in a comment', async t => {
  t.is(writer(await evaluate('await Promise.resolve(eye(2)) // two')), 'tensor [2, 2]\n[[1, 0],\n [0, 1]]')
})

test('a scalar prints its number, a vector its shape and digits on one line', t => {
  t.is(writer(scalar(0.123456)), '0.1235')
  t.is(writer(tensor([1, 2, 3])), 'tensor [3] [1, 2, 3]')
  t.is(writer({ a: tensor([1, 2]) }), '{ a: tensor [2] [1, 2] }')
})

test('an error prints one or two lines and no stack', async t => {
  const error = await t.throwsAsync(evaluate(misfit), { instanceOf: ShapeError })
  t.is(writer(error), error?.message)
  t.is(messageOf(new TypeError('one\ntwo\nthree')), 'TypeError: one\ntwo')
  t.is(messageOf('thrown text'), "'thrown text'")
})

test('an expression that fails gives a failure with code 1', async t => {
  for (const wrong of [misfit, 'nowhere', 'a b', 'await Promise.reject(new Error("bad"))']) {
    const result = await repl({ eval: wrong })()
    if (!isLeft(result)) return t.fail(wrong)
    t.is(result.left.code, 1)
    t.notRegex(result.left.message, /\n\s+at /)
  }
})

test.serial('a script prints its results in order, without prompts or a banner', async t => {
  const script = [
    'const late = await new Promise(done => setTimeout(() => done(5), 20))',
    'late * 2',
    'const square = x => {',
    '  return mul(x, x)',
    '}',
    'grad(square)(tensor(3))',
    'tensor(new Float64Array([1, 2]))',
  ]
  const { printed, thrown } = await played(`${script.join('\n')}\n`)
  t.is(thrown, undefined)
  t.is(printed, '10\n6\ntensor [2] [1, 2]\n')
})

test.serial('a script with an error says so in one line, goes on, and fails at its end', async t => {
  const { printed, thrown } = await played(`${misfit}\n1 + 1\n`)
  t.true(thrown instanceof DomainError)
  t.regex(printed, /^Uncaught matvec: .*\n2\n$/)
})

test.serial('a script that stops inside a statement fails', async t => {
  const { thrown } = await played('const open = {\n')
  t.true(thrown instanceof DomainError)
})
