import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { rng } from '../../../nets/random.ts'
import { drawn, generate, spoken } from '../../../src/cli/generate.ts'
import { train } from '../../../src/cli/train.ts'
import { type Model, readModel } from '../../../src/training/model.ts'
import type { RawOptions } from '../../../src/training/options.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-model-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const text = join(folder, 'hello.txt')
writeFileSync(text, 'hello\n'.repeat(40))
const small = { data: text, hidden: 8, window: 6, lr: 0.03, steps: 250, seed: 3 }

const modelOf = async (name: string, raw: Partial<RawOptions> = {}): Promise<string> => {
  const out = join(folder, name)
  const run = await train({ ...small, ...raw, out })()
  if (E.isLeft(run)) throw new Error(run.left.message)
  return join(out, readdirSync(out)[0]!, 'model.json')
}

const read = (path: string): Model => {
  const found = readModel(path)
  if (E.isLeft(found)) throw new Error(found.left.message)
  return found.right
}

const refusal = (path: string): string => {
  const found = readModel(path)
  return E.isLeft(found) ? found.left.message : 'it was accepted'
}

const generatedBy = (model: Model, prompt: string, length: number, temperature = 0): string =>
  [...spoken(model, { length, temperature, prompt: [...prompt], random: rng(1) })].join('')

for (const cell of ['leaky', 'lstm', 'gru'] as const)
  test(`a ${cell} network learns to say hello, and says it from its file`, async t => {
    const model = read(await modelOf(`hello-${cell}`, { cell, ...(cell === 'leaky' ? {} : { embed: 3 }) }))
    t.is(generatedBy(model, 'h', 11), 'ello\nhello\n')
    t.regex(generatedBy(model, 'h', 11, 0.1), /^ello\nhello\n$/)
  })

test('a run goes on from a model: the same cell, its parameters, and a lower loss', async t => {
  const first = await modelOf('first', { cell: 'gru', steps: 20, layers: 2 })
  const held = (path: string) => JSON.parse(readFileSync(path.replace('model.json', 'result.json'), 'utf8')).held
  const on = await modelOf('on', { from: first, steps: 60 })
  t.is(held(on).before.toFixed(10), held(first).after.toFixed(10))
  t.true(held(on).after < held(first).after)
  t.is(read(on).cell.layers, 2)
  const other = await train({ ...small, from: first, cell: 'lstm', out: join(folder, 'other') })()
  t.true(E.isLeft(other) && /--cell lstm with a model of cell gru/.test(other.left.message))
  const strange = join(folder, 'strange.txt')
  writeFileSync(strange, 'hello, world\n'.repeat(10))
  const unknown = await train({ ...small, data: strange, from: first, out: join(folder, 'unknown') })()
  t.true(E.isLeft(unknown) && /does not know: " " "," "d" "r" "w"/.test(unknown.left.message))
})

test('a model file that does not fit is refused, and the tensor is named', async t => {
  const path = await modelOf('whole', { steps: 1 })
  const whole = JSON.parse(readFileSync(path, 'utf8'))
  const broken = (change: (file: typeof whole) => void): string => {
    const copy = structuredClone(whole)
    change(copy)
    const at = join(folder, 'broken.json')
    writeFileSync(at, JSON.stringify(copy))
    return refusal(at)
  }
  t.regex(
    broken(file => (file.parameters[0].values = [[1]])),
    /cell\.W_rec \[1, 1\]; wanted cell\.W_rec \[8, 8\]/,
  )
  t.regex(
    broken(file => file.parameters.pop()),
    /no tensor readout\.b_out/,
  )
  t.regex(
    broken(file => (file.parameters[1].name = 'cell.W')),
    /a tensor cell\.W;/,
  )
  t.regex(
    broken(file => (file.cell.cell = 'lsmt')),
    /model: .*cell/,
  )
  t.regex(
    broken(file => (file.cell.hidden = 9)),
    /W_rec \[8, 8\]; wanted cell\.W_rec \[9, 9\]/,
  )
  t.regex(refusal(join(folder, 'nowhere.json')), /no such file/)
  t.regex(refusal(text), /not JSON/)
})

test('a model file that says a thing twice, nests without end or claims what it has not is refused at once', async t => {
  const whole = JSON.parse(readFileSync(await modelOf('once', { steps: 1 }), 'utf8'))
  const at = (text: string): string => {
    const path = join(folder, 'odd.json')
    writeFileSync(path, text)
    return refusal(path)
  }
  const changed = (change: (file: typeof whole) => void): string => {
    const copy = structuredClone(whole)
    change(copy)
    return at(JSON.stringify(copy))
  }
  t.regex(
    changed(file => file.parameters.push(file.parameters[0])),
    /the tensor cell\.W_rec twice; wanted every parameter once/,
  )
  t.regex(
    changed(file => file.data.symbols.push('h')),
    /a symbol comes twice/,
  )
  t.regex(at(JSON.stringify(whole).replace('{', '{"version": 1, ')), /the key "version" twice/)
  t.regex(
    changed(file => (file.parameters[0].values = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`))),
    /more than 64 deep/,
  )
  t.regex(
    changed(file => (file.parameters[0].name = '\x1b[2J')),
    /a tensor \\x1b\[2J;/,
  )
  // 16 layers of 1024 units are 1.1 GB, were they drawn
  const before = process.memoryUsage().arrayBuffers
  t.regex(
    changed(file => Object.assign(file.cell, { cell: 'lstm', layers: 16, hidden: 1024, alpha: null })),
    /a tensor cell\.W_rec/,
  )
  t.true(process.memoryUsage().arrayBuffers - before < 1e8)
})

test('speaking is refused with options that cannot be, and by a model of a series', async t => {
  const path = await modelOf('speaks', { steps: 1 })
  const error = async (raw: object): Promise<string> => {
    const done = await generate({ from: path, ...raw })()
    return E.isLeft(done) ? `${done.left.code} ${done.left.message}` : 'it was accepted'
  }
  t.regex(await error({ prompt: 'hexe' }), /^2 .*does not know: "x"/)
  t.regex(await error({ temperature: '-1' }), /^2 .*--temperature -1; wanted a number of at least 0/)
  t.regex(await error({ length: '2.5' }), /--length 2.5/)
  const series = await modelOf('series', { data: 'sunspots', window: 8, steps: 1 })
  t.regex(await error({ from: series }), /a model of a series/)
})

test('symbols are drawn by their odds: as they are, sharper when cold, the likeliest at 0', t => {
  const logits = [1, 2.2, -3, 4.1]
  const odds = (temperature: number): readonly number[] => {
    const random = rng(5)
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 20000; i++) counts[drawn(logits, temperature, random)]!++
    return counts.map(count => count / 20000)
  }
  const wanted = [0.0377, 0.1251, 0.0007, 0.8365]
  t.true(odds(1).every((p, i) => Math.abs(p - wanted[i]!) < 0.01))
  t.true(odds(0.5)[3]! > 0.97)
  t.deepEqual(odds(0), [0, 0, 0, 1])
})

test('a model file in the words of 0.1.0 is the same model', async t => {
  for (const [cell, former] of [
    ['mgu', { cell: 'minimal', forget: null }],
    ['lstm', { cell: 'lstm', forget: 1 }],
  ] as const) {
    const path = await modelOf(`former-${cell}`, { cell, steps: 1 })
    const file = JSON.parse(readFileSync(path, 'utf8'))
    const { forgetBias, ...rest } = file.cell
    t.is(forgetBias, former.forget)
    const old = join(folder, `${cell}-former.json`)
    writeFileSync(old, JSON.stringify({ ...file, cell: { ...rest, ...former } }))
    t.deepEqual(read(old).cell, read(path).cell)
    t.deepEqual(read(old).θ, read(path).θ)
  }
})
