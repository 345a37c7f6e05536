// import { execFile, spawn } from 'node:child_process'
// import { once } from 'node:events'
// import {
//   existsSync,
//   linkSync,
//   mkdirSync,
//   mkdtempSync,
//   readdirSync,
//   readFileSync,
//   rmSync,
//   symlinkSync,
//   writeFileSync,
// } from 'node:fs'
// import { hostname, tmpdir } from 'node:os'
// import { join } from 'node:path'
// import test from 'ava'
// import * as E from 'fp-ts/lib/Either.js'
// import { engineOf } from '../../../ad/compiler/engine.ts'
// import { DomainError } from '../../../ad/errors.ts'
// import { RunError } from '../../../src/failure.ts'
// import { orThrow } from '../../../src/options.ts'
// import type { Data } from '../../../src/training/data/index.ts'
// import { readData } from '../../../src/training/data/read.ts'
// import { setupOf, trainRun } from '../../../src/training/experiment.ts'
// import { lockFolder } from '../../../src/training/lock.ts'
// import { readOptions, type TrainOptions } from '../../../src/training/options.ts'
// import { keyOf, openRecord, withRecords } from '../../../src/training/records.ts'
// import { janus } from '../../root.ts'
//
// const base = mkdtempSync(join(tmpdir(), 'janusgrad-records-'))
// test.after.always(() => rmSync(base, { recursive: true, force: true }))
// const folder = (name: string): string => join(base, name)
//
// const data: Data = orThrow(E.mapLeft((error: Error) => [error] as never)(readData('sunspots')))
// const options = {
//   ...(E.toUnion(readOptions({ data: 'sunspots', hidden: 2, window: 8, steps: 5 }, 'series')) as TrainOptions),
//   engine: 'eager' as const,
// }
// const run = { data, options }
// const { θ } = setupOf(data, options, engineOf('eager'))
// const files = ['config.json', 'metrics.jsonl', 'model.json', 'result.json']
// const contents = (at: string): readonly string[] => files.map(name => readFileSync(join(at, name), 'utf8'))
//
// /** A run that is recorded to its end, with some words for its result. */
// const finished = (out: string, words: string): string =>
//   withRecords(out, [run], ([record]) => {
//     record.metric({ step: 0, held: 1 })
//     record.finish(θ, { words })
//     return record.folder
//   })
//
// /** The command with a small run, in a process of its own. */
// const args = ['train', '--data', 'sunspots', '--hidden', '2', '--window', '8', '--engine', 'compiled-js']
// const call = (out: string, ...more: readonly string[]) =>
//   new Promise<{ readonly code: number; readonly err: string }>(resolve =>
//     execFile(process.execPath, [janus, ...args, '--out', out, ...more], (error, _, err) =>
//       resolve({ code: error ? Number(error.code) : 0, err }),
//     ),
//   )
//
// test('of several runs with one folder one wins, and the others say so and exit with 1', async t => {
//   const out = folder('several')
//   const outcomes = await Promise.all([1, 2, 3, 4].map(() => call(out, '--steps', '400')))
//   const lost = outcomes.filter(({ code }) => code !== 0)
//   t.true(lost.length >= 1)
//   for (const { code, err } of lost) {
//     t.is(code, 1)
//     t.regex(err, /in use by another run \((process \d+|.* does not say).*--out/)
//   }
//   const [key = ''] = readdirSync(out)
//   t.deepEqual(readdirSync(join(out, key)), files)
//   t.is(readFileSync(join(out, key, 'metrics.jsonl'), 'utf8').split('\n').length, 402)
// })
//
// test('a folder is held until it is given back, however the run ends', t => {
//   const out = folder('held')
//   const record = openRecord(out, data, options)
//   t.throws(() => openRecord(out, data, options), { instanceOf: RunError, message: /process \d+ on .* since/ })
//   record.close()
//   t.throws(() =>
//     withRecords(out, [run], () => {
//       throw new Error('broken off')
//     }),
//   )
//   t.notThrows(() => finished(out, 'at last'))
// })
//
// test('a second record that cannot be opened gives back the first', t => {
//   const out = folder('pair')
//   t.throws(() => withRecords(out, [run, run], () => {}), { instanceOf: RunError })
//   t.notThrows(() => finished(out, 'alone'))
// })
//
// test('the lock of a process that is no more is taken over; that of another machine, or one that does not say, is not', async t => {
//   const at = folder('stale')
//   mkdirSync(at)
//   const child = spawn(process.execPath, ['-e', ''])
//   await once(child, 'exit')
//   const lock = (holder: object): void => writeFileSync(join(at, 'lock'), JSON.stringify(holder))
//   const gone = { pid: child.pid, host: hostname(), since: '2026-01-01' }
//   lock(gone)
//   lockFolder(at)()
//   t.deepEqual(readdirSync(at), [])
//   for (const holder of [{ ...gone, host: `${hostname()}-2` }, {}, { ...gone, pid: process.pid }]) {
//     lock(holder)
//     t.throws(() => lockFolder(at), { instanceOf: RunError, message: /remove '.*lock'/ })
//   }
//   lock(gone)
//   writeFileSync(join(at, 'lock.taken'), '')
//   t.throws(() => lockFolder(at), { instanceOf: RunError }, 'another process is taking it over')
// })
//
// test('a finished run stays as it is until its repetition is finished too', t => {
//   const out = folder('again')
//   const at = finished(out, 'first')
//   const first = contents(at)
//   const record = openRecord(out, data, options)
//   record.metric({ step: 0, held: 2 })
//   record.keep(θ)
//   record.close()
//   t.deepEqual(contents(at), first)
//   t.deepEqual(readdirSync(at), [...files, 'unfinished'])
//   finished(out, 'second')
//   t.deepEqual(readdirSync(at), files)
//   t.regex(contents(at)[3] ?? '', /second/)
// })
//
// test('a run that is broken off leaves its metrics and model, and no result', t => {
//   const record = openRecord(folder('off'), data, options)
//   record.metric({ step: 0, held: 2 })
//   record.keep(θ)
//   record.close()
//   t.deepEqual(readdirSync(record.folder), files.slice(0, 3))
//   finished(folder('off'), 'whole')
//   t.deepEqual(readdirSync(record.folder), files)
// })
//
// test('links in the folder of a run are replaced and not followed', t => {
//   const [out, victim] = [folder('links'), folder('victim')]
//   writeFileSync(victim, 'untouched')
//   const at = join(out, keyOf(data, options))
//   mkdirSync(at, { recursive: true })
//   for (const name of files) symlinkSync(victim, join(at, `${name}.tmp`))
//   for (const name of files.slice(0, 3)) symlinkSync(victim, join(at, name))
//   finished(out, 'beside links')
//   rmSync(join(at, 'metrics.jsonl'))
//   linkSync(victim, join(at, 'metrics.jsonl'))
//   symlinkSync(base, join(at, 'unfinished'))
//   finished(out, 'once more')
//   t.is(readFileSync(victim, 'utf8'), 'untouched')
//   t.deepEqual(readdirSync(at), files)
//   symlinkSync(victim, join(at, 'lock'))
//   t.throws(() => finished(out, 'locked'), { instanceOf: RunError })
//   rmSync(at, { recursive: true })
//   symlinkSync(base, at)
//   t.throws(() => finished(out, 'elsewhere'), { instanceOf: DomainError, message: /is a link.*--out/ })
//   t.false(existsSync(join(base, 'config.json')))
// })
//
// test('a disk without room ends a run with one clear line, whole lines and no part of a file', async t => {
//   const out = folder('full')
//   const command = `ulimit -f 5; exec "${process.execPath}" "${janus}" ${args.join(' ')} --steps 3000 --out "${out}"`
//   const { code, err } = await new Promise<{ code: number; err: string }>(resolve =>
//     execFile('sh', ['-c', command], (error, _, err) => resolve({ code: Number(error?.code), err })),
//   )
//   t.is(code, 1)
//   t.regex(err, /metrics\.jsonl' cannot be written \(EFBIG, no space left\).*--out/)
//   t.notRegex(err, /\n\s+at /)
//   const [key = ''] = readdirSync(out)
//   t.deepEqual(readdirSync(join(out, key)), files.slice(0, 3))
//   const metrics = readFileSync(join(out, key, 'metrics.jsonl'), 'utf8')
//   t.true(metrics.endsWith('\n'))
//   for (const line of metrics.trimEnd().split('\n')) t.notThrows(() => JSON.parse(line))
// })
//
// test('a run keeps its held-out figures, however many updates it has', t => {
//   const many = { ...options, steps: 200 }
//   let told = 0
//   const { looks, held } = trainRun(setupOf(data, many, engineOf('compiled')), many, () => told++)
//   t.is(told, 201)
//   t.is(looks.length, 21)
//   t.is(looks.at(-1)?.held, held)
// })
//
// test('a record names its key, the version of Node, the processor and the build of the kernels', t => {
//   const config = (engine: TrainOptions['engine']) =>
//     JSON.parse(
//       withRecords(folder(engine), [{ data, options: { ...options, engine } }], ([{ folder: at }]) =>
//         readFileSync(join(at, 'config.json'), 'utf8'),
//       ),
//     )
//   const { key, machine } = config('compiled-wasm')
//   t.is(key, keyOf(data, { ...options, engine: 'compiled-wasm' }))
//   t.is(machine.node, process.version)
//   t.regex(machine.platform, /^\w+ \w+$/)
//   t.true(machine.processor.length > 0)
//   t.true(['simd', 'relaxed'].includes(machine.simd))
//   t.is(config('eager').machine.simd, null)
// })
