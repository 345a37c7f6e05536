import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CompleterResult } from 'node:readline'
import test from 'ava'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError, NameError, ShapeError } from '../../../ad/errors.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import * as proofs from '../../../proofs/index.ts'
import { completing } from '../../../src/repl/complete.ts'
import { docOf, sentenceOf } from '../../../src/repl/docs.ts'
import { evaluate } from '../../../src/repl/evaluate.ts'
import { examples } from '../../../src/repl/examples.ts'
import { helpOf } from '../../../src/repl/help.ts'
import { messageOf } from '../../../src/repl/messages.ts'
import { repl } from '../../../src/repl/repl.ts'
import { isLate, lateNames, names, scope } from '../../../src/repl/scope.ts'
import { writer } from '../../../src/repl/writer.ts'
import { janus, root } from '../../root.ts'
import { played } from './played.ts'

const misfit = 'matvec(eye(2), tensor([1, 2, 3]))'

test('an expression sees everything public', async t => {
  t.is(writer(await evaluate('grad(x => mul(x, x))(tensor(3))')), '6')
  t.is(writer(await evaluate('registry.rtrl === rtrl && rtrl.faces')), "'past'")
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

for (const wrong of [
  'throw undefined',
  'throw null',
  "throw ''",
  'await Promise.reject(undefined)',
  'await Promise.reject(0)',
])
  test.serial(`a script with ${wrong} says so, goes on, and fails at its end`, async t => {
    const { printed, thrown } = await played(`${wrong}\n1 + 1\n`)
    t.regex(printed, /^Uncaught (undefined|null|''|0)\n2\n$/)
    t.true(thrown instanceof DomainError)
  })

const hostile = [
  'a = {}; a.a = a',
  'list = [1]; list.push(list); list',
  '({ get x() { throw new Error("no") } })',
  'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })',
  'throwing = new Error(); Object.defineProperty(throwing, "message", { get() { throw 1 } })',
]
for (const value of hostile)
  test.serial(`a value that contains itself or cannot be read ends no session: ${value}`, async t => {
    const { printed, thrown } = await played(`${value}\n1 + 1\n`)
    t.is(thrown, undefined)
    t.regex(printed, /\n2\n$/)
  })

test.serial('a script that stops inside a statement fails', async t => {
  const { thrown } = await played('const open = {\n')
  t.true(thrown instanceof DomainError)
})

test('names that are loaded late are known before, the proofs all of them, and are loaded where a line has them', async t => {
  t.deepEqual(lateNames.toSorted(), [...Object.keys(proofs), 'derive', 'symbols', 'tex'].toSorted())
  t.true(isLate("prove({ pattern: 'x' })") && isLate('[...find()]') && isLate("tex('x')"))
  t.false(isLate('list.find(x => x)') || isLate('proved') || isLate('θprove'))
  t.is(await evaluate("find({ pattern: 'BPTT and RTRL compute the same' }).length"), 1)
  t.regex(String(await evaluate("tex('tanh(W*h)')")), /^\\tanh/)
})

test('what is thrown deep inside says where, and which help to read', async t => {
  const rule = "rule({ name: 'a', faces: 'past', init: () => null, step: memory => memory.M })"
  const net = 'network(leaky(), { d: 1, n: 1, m: 1 }, halfSquaredError())'
  const text = `total(${rule})(unroll(${net})(${net}.init(1), sequence([1], [1])))`
  const thrown = await t.throwsAsync(evaluate(text), { instanceOf: TypeError })
  t.regex(
    messageOf(thrown, text),
    /^TypeError: .*\nThrown in nets\/run\/[\w-]+; see \.help total, \.help rule, \.help unroll\.$/,
  )
  t.is(
    messageOf(new ReferenceError('gradd is not defined')),
    'ReferenceError: gradd is not defined\nDid you mean grad?',
  )
  t.is(messageOf(new ReferenceError('q is not defined')), 'ReferenceError: q is not defined')
})

test('a maker of rules prints its facts, a rule too', t => {
  t.regex(writer(scope.uoro), /^a maker of rules, uoro: /)
  t.regex(writer(scope.bptt), /^the rule bptt: /)
})

test('a public function prints its docstring', t => {
  t.is(writer(scope.matvec), 'matvec: A matrix on a vector: W [m, n], x [n] → [m]. (.help matvec)')
  t.regex(
    writer(() => 3),
    /^a function of \(\)$/,
  )
})

test('every public name has a declaration', t => {
  for (const name of names) {
    const entry = docOf(name)
    t.true((entry?.signature.length ?? 0) > name.length, name)
  }
  t.is(docOf('nowhere'), undefined)
})

test('no two names of a module take the same docstring', t => {
  const docs = names.map(name => docOf(name)).flatMap(entry => (entry?.doc ? [`${entry.home} ${entry.doc}`] : []))
  const bare = names
    .map(name => docOf(name))
    .filter(entry => entry?.doc === '' && !entry.signature.includes('everything in'))
  for (const entry of bare) t.regex(entry?.home ?? '', /^ad\/(primitives\/elementwise|tensor)$/, entry?.name)
  t.deepEqual(
    docs.filter(doc => /export declare|declare const/.test(doc)),
    [],
  )
  t.deepEqual(
    docs.filter((doc, i) => docs.indexOf(doc) !== i),
    [],
  )
})

test('the docstring of a name is that of its source', t => {
  t.is(sentenceOf('rtrl'), 'Real-time recurrent learning (Williams & Zipser 1989): forward mode over the run.')
  t.is(docOf('add')?.home, 'ad/primitives/elementwise')
  t.is(docOf('matvec')?.signature, 'matvec: Operation<(a: Like, b: Like) => Value>')
  t.is(docOf('stepper')?.home, 'src/display/stepper')
  t.regex(docOf('Timestep')?.signature ?? '', /^interface Timestep \{\n[\s\S]*readonly loss: Value;[\s\S]*\}$/)
})

for (const name of Object.keys(examples))
  test(`the example of ${name} runs`, async t => {
    const page = await helpOf(name)
    t.true(name in scope)
    t.regex(page, /\nexample\n/)
    t.false(/undefined/.test(page.split('\nexample\n')[1] ?? ''), page)
  })

test('help of a rule has the example of its page, of a name nobody has the name that was meant', async t => {
  t.regex(await helpOf('rflo'), /Murray 2019[\s\S]*example\n {2}const net/)
  t.regex(await helpOf('randomFeedback'), /example\n {2}const net[\s\S]*randomFeedback\(/)
  const error = await t.throwsAsync(helpOf('gradd'), { instanceOf: NameError })
  t.regex(error?.message ?? '', /Did you mean grad\?/)
})

const tab = (line: string): Promise<CompleterResult> =>
  new Promise((resolve, reject) =>
    completing(
      (rest, done) => done(null, [['node'], rest]),
      expression => evaluate(expression).catch(() => undefined),
    )(line, (error, result) => (result ? resolve(result) : reject(error))),
  )

const completions: Readonly<Record<string, CompleterResult>> = {
  "registry['rf": [["rflo'"], 'rf'],
  'cells["peep': [['peephole"'], 'peep'],
  "gradient(bptt, net, { engine: 'compiled-w": [["compiled-wasm'"], 'compiled-w'],
  "compile(f, 'eag": [["eager'"], 'eag'],
  "network(leaky(), sizes, loss, { start: 'le": [["learned'"], 'le'],
  "network(leaky(), sizes, loss, { readout: '": [["none'"], ''],
  "rule({ faces: 'p": [["past'"], 'p'],
  "snap({ mask: 's": [["strict'"], 's'],
  "eprop({ feedback: '": [["readout'"], ''],
  "f('a', \"it's\", 'uo": [["uoro'"], 'uo'],
  "derive('leaky', { rule: 'snapp": [[], 'snapp'],
  "derive('leaky', { rule: 'sna": [["snap'"], 'sna'],
  "derive('peep": [["peephole'"], 'peep'],
  "nothing.here['rtr": [["rtrl'"], 'rtr'],
  '.help matv': [['matvec'], 'matv'],
  '.rules fpb': [['fpbptt'], 'fpb'],
  '.rules rand': [['random-feedback'], 'rand'],
  '.help lossA': [['lossAndGradient'], 'lossA'],
  '.cells mg': [['mgu'], 'mg'],
  '.prove duali': [['duality'], 'duali'],
  '.prove what is refuta': [['refutations'], 'refuta'],
  '.triangle ru': [['node'], 'ru'],
  gra: [['node'], 'gra'],
  "registry['rflo'].pa": [['node'], "registry['rflo'].pa"],
}
for (const [line, wanted] of Object.entries(completions))
  test(`tab after ${line} gives ${wanted[0].join(', ') || 'nothing'}`, async t => {
    t.deepEqual(await tab(line), wanted)
  })

/** A script in a process of its own, since what it declares stays. */
const sessionOf = (script: string): Promise<{ readonly code: number; readonly printed: string }> =>
  new Promise(resolve => {
    const child = execFile(process.execPath, [janus, 'repl'], (error, out) =>
      resolve({ code: error ? Number(error.code) : 0, printed: out }),
    )
    child.stdin?.end(script)
  })

const folder = mkdtempSync(join(tmpdir(), 'janus-repl-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const readme = readFileSync(`${root}docs/tour.md`, 'utf8')

test('the transcript of the tour is what the prompt says', async t => {
  const [, transcript = ''] = /```text\n(janus> [\s\S]*?)```/.exec(readme) ?? []
  const lines = transcript.trimEnd().split('\n')
  const typed = lines.filter(line => line.startsWith('janus> ')).map(line => line.slice(7))
  t.true(typed.length >= 4)
  const { code, printed } = await sessionOf(`${typed.join('\n')}\n`)
  t.is(code, 0)
  t.is(printed, `${lines.filter(line => !line.startsWith('janus> ')).join('\n')}\n`)
})

test.serial('a saved session has what went well, runs again, and says the same', async t => {
  const file = join(folder, 'saved.js')
  const script = [
    'const square = x => {',
    '  return mul(x, x)',
    '}',
    'const late = await Promise.resolve(grad(square)(tensor(3)))',
    'late',
    'nowhere',
    '.rules rtrl',
    '.help grad',
    "find({ pattern: 'one-step truncation computes' }).length",
    'eye(2)',
    `.save ${file}`,
  ]
  await played(`${script.join('\n')}\n`)
  const saved = readFileSync(file, 'utf8')
  t.is(
    saved,
    [
      ...script.slice(0, 5),
      '// 6',
      script[6],
      script[8],
      '// 1',
      'eye(2)',
      '// tensor [2, 2]\n// [[1, 0],\n//  [0, 1]]',
      '',
    ].join('\n'),
  )
  const again = await sessionOf(saved)
  t.is(again.code, 0)
  const passing = ['nowhere', '.help grad', script.at(-1)]
  const plain = await played(`${script.filter(line => !passing.includes(line)).join('\n')}\n`)
  t.is(again.printed, plain.printed)
  t.regex(again.printed, /^6\nthe rule rtrl: Real-time[\s\S]*\n1\ntensor \[2, 2\]\n/)
})

test.serial('commands print tables, decide what is asked, and draw the triangle of a run', async t => {
  const { printed, thrown } = await played(
    [
      'const net = network(gru(), { d: 2, n: 1, m: 1 }, halfSquaredError())',
      'const steps = n => Array.from({ length: n }, () => example(tensor([1]), tensor([0])))',
      'const run = n => unroll(net)(net.init(1), steps(n))',
      '.rules',
      '.rules randomfeedback',
      '.cells gru-pytorch',
      '.cells mgu',
      '.prove BPTT and RTRL compute the same gradient',
      '.prove',
      '.triangle run(3)',
      '.triangle rflo, run(3)',
      '.triangle rtrl',
      '.tex h = tanh(W*h + V*x)',
      '.tex (W, x) => tanh(matvec(W, x))',
      'const half = x => mul(0.5, x)',
      '.tex half',
      '.help',
      '',
    ].join('\n'),
  )
  t.is(thrown, undefined)
  t.regex(printed, /^rule +faces[\s\S]*\nrflo +past +replaces/)
  t.regex(printed, /gru-pytorch\n {2}The variant that PyTorch[\s\S]*b_hn \[d\]/)
  t.regex(printed, /mgu\n {2}\w[\s\S]* parameters +W_/)
  t.regex(printed, /a maker of rules, random-feedback: [\s\S]*\.help randomFeedback has an example\n/)
  t.regex(printed, /\nholds +\de-\d+ +BPTT and RTRL compute the same gradient\n1 of 1 decided as claimed, 0 not\n/)
  t.regex(printed, /storeys, and how many[\s\S]*duality +\d+/)
  t.regex(printed, /a run of 3 steps\n\n(in units of .*\n)? t \\ s/)
  t.regex(printed, /a run of 3 steps\n\nexact: [\s\S]*\nrflo\n[\s\S]*t - s +pairs +cosine/)
  t.regex(printed, /\nrtrl\n[\s\S]* 0 +6 +1\.000 +0\.0° +1\.000 +0\.000/)
  t.regex(printed, /\nh = \\tanh.*\n\\tanh\\left\(W .*x\\right\)\n.*x\n\.audit RULE/)
  t.regex(printed, /\.save FILE/)
  for (const line of printed.split('\n')) t.true([...line].length <= 80, line)
})

const mistaken: Readonly<Record<string, RegExp>> = {
  '.rules rfl': /^\.rules: rfl; wanted .* Did you mean rflo\?/,
  '.cells lstn': /Did you mean lstm\?/,
  '.prove no such claim': /no proposition has/,
  '.triangle 3': /^\.triangle: 3, which is no run/,
  '.triangle nowhere': /nowhere is not defined/,
  '.derive leaky': /Invalid REPL keyword/,
  '.triangle dni': /which predicts the losses to come/,
  '.help gradd': /Did you mean grad\?/,
  '.tex': /^tex: /,
  '.tex h = tanh(W*': /column|1:/,
  '.save': /no file/,
  [`.save ${join(folder, 'none', 'x.js')}`]: /another folder/,
  'matvec(eye(2), 3)': /matvec: W \[2, 2\] cannot act on x \[\]/,
}

test.serial('an error at a command or a line is two lines, a formula beside them, and fails the script', async t => {
  for (const [line, says] of Object.entries(mistaken)) {
    const { printed, thrown } = await played(`${line}\n`)
    t.true(thrown instanceof DomainError, line)
    t.regex(printed, says)
    t.true(printed.trimEnd().split('\n').length <= (line.startsWith('.tex') ? 3 : 2), printed)
  }
})

test.serial('a script may be empty, or comments alone', async t => {
  t.deepEqual(await sessionOf(''), { code: 0, printed: '' })
  t.deepEqual(await played('// nothing\n\n'), { printed: '', thrown: undefined })
})

test('what is pasted from a file runs: imports of what is in scope do nothing, names are defined again', async t => {
  const script = [
    "import { rtrl, bptt as back } from 'janusgrad'",
    'import {',
    '  tanh,',
    '  scalar,',
    "} from 'janusgrad/ad'",
    "import type { Value } from 'janusgrad'",
    'const x = scalar(1)',
    'const x = scalar(2)',
    'let y = await x',
    'let y = add(x, 1)',
    'y',
    'back === bptt',
    "import * as ad from 'janusgrad/ad'",
    'ad.tanh === tanh',
    'class Twice { of(x) { return x } }',
    'export class Twice { of(x) { return 2 * x } }',
    'export const k = new Twice().of(3)',
    'k',
  ]
  const { printed, thrown } = await played(`${script.join('\n')}\n`)
  t.is(thrown, undefined)
  t.is(printed, '3\ntrue\ntrue\n6\n')
})
