import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { defaultEngine } from '../../../ad/compiler/engine.ts'
import { distance, entries } from '../../../ad/distance.ts'
import { DomainError, KindError, NonFiniteError } from '../../../ad/errors.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, relu } from '../../../ad/primitives/elementwise.ts'
import { table } from '../../../ad/primitives/table.ts'
import { tensor, zeros } from '../../../ad/tensor.ts'
import type { Tree } from '../../../ad/tree.ts'
import { run } from '../../../ad/value.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError, rmse } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { bidirectional } from '../../../nets/run/bidirectional.ts'
import type { AnyRule, Rule } from '../../../nets/run/rule.ts'
import { noNoise } from '../../../nets/run/timestep.ts'
import { gradient, lossAndGradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { preparedFor } from '../../../nets/train/plans.ts'
import { beginningOf, parametersIn } from '../../../nets/workers/blocks.ts'
import { carriedOut, closeWorkers, freshId, leave } from '../../../nets/workers/crew.ts'
import { thread, threads } from '../../../nets/workers/thread.ts'
import { bplambda } from '../../../rules/bplambda.ts'
import { bptt } from '../../../rules/bptt.ts'
import { dniFuture } from '../../../rules/dni.ts'
import { fpbptt } from '../../../rules/fpbptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'
import { root } from '../../root.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 16, n: 2, m: 2 }, halfSquaredError())
const θ = net.init(1)
const sequence = (k: number) =>
  Array.from({ length: 5 }, (_, t) => example(tensor([Math.sin(t * k), 1]), tensor([Math.cos(t + k), k / 9])))
const batch = Array.from({ length: 9 }, (_, k) => sequence(k))
const apart = (a: Tree, b: Tree): number =>
  Math.max(...entries(a).map((x, i) => Math.abs(x - (entries(b)[i] as number))))

/** What is said on the console while something is done. */
const said = <R>(run: () => R): readonly [R, readonly string[]] => {
  const [warn, lines] = [console.warn, [] as string[]]
  console.warn = line => {
    lines.push(line)
  }
  try {
    return [run(), lines]
  } finally {
    console.warn = warn
  }
}

for (const workers of [0, -1, 1.5, Number.NaN, '2' as never])
  test.serial(`workers: ${String(workers)} of ${typeof workers} is refused`, t => {
    const how = { instanceOf: DomainError, message: /workers = .*wanted a whole number of at least 1/ }
    t.throws(() => gradient(bptt, net, { workers }), how)
    t.throws(() => train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), workers }), how)
  })

test.serial('several workers of the eager engine are refused, one is not', t => {
  const how = { instanceOf: DomainError, message: /workers = 2 where the eager engine runs; wanted a rule, a cell/ }
  t.throws(() => gradient(bptt, net, { workers: 2, engine: 'eager' }), how)
  t.throws(() => train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), workers: 2, engine: 'eager' }), how)
  t.throws(() => gradient(bptt, bidirectional(leaky(), leaky(), net.sizes, net.loss), { workers: 2 }), how)
  t.notThrows(() => gradient(bptt, net, { workers: 1, engine: 'eager' })(θ, batch))
})

test.serial('a gradient goes into a place, and a batch may be smaller than the workers are many', t => {
  const into = zeros([16 * 16 + 16 * 2 + 16 + 2 * 16 + 2])
  const by = gradient(bptt, net, { workers: 3 })
  const found = by(θ, batch.slice(0, 2), { into })
  t.is(distance(found, gradient(bptt, net, { workers: 1 })(θ, batch.slice(0, 2))), 0)
  t.deepEqual([...into.data.slice(0, 3)], [...found.cell.W_rec.data.slice(0, 3)])
})

test.serial('shorter and longer runs in turn, and threads ended between them, change no bit', async t => {
  const by = lossAndGradient(bptt, net, { workers: 2 })
  const short = batch.map(one => one.slice(0, 2))
  const [a, b, c] = [by(θ, short), by(θ, batch), by(θ, short)]
  t.is(distance(a.gradient, c.gradient), 0)
  await closeWorkers()
  t.is(distance(by(θ, batch).gradient, b.gradient), 0)
})

test.serial('a loss of the whole run is shared out as many blocks at a time as there are workers', t => {
  const whole = network(leaky({ alpha: 0.5 }), { d: 4, n: 2, m: 2 }, rmse())
  const [at, data] = [whole.init(2), Array.from({ length: 20 }, (_, k) => sequence(k))]
  const by = (workers: number) => lossAndGradient(bptt, whole, { workers })(at, data)
  const [one, eager] = [by(1), lossAndGradient(bptt, whole, { engine: 'eager' })(at, data)]
  t.true(Math.abs(one.loss - eager.loss) < 1e-14)
  t.true(apart(one.gradient, eager.gradient) < 1e-14)
  for (const workers of [2, 3]) {
    const found = by(workers)
    t.is(found.loss, one.loss)
    t.is(distance(found.gradient, one.gradient), 0)
  }
})

test.serial('sequences that would run in turn are a share each', t => {
  const large = network(leaky({ alpha: 0.5 }), { d: 24, n: 2, m: 2 }, halfSquaredError())
  const [at, data] = [large.init(2), batch.map(one => one.slice(0, 2))]
  const by = (workers: number) => lossAndGradient(rtrl, large, { workers })(at, data)
  const [one, two, eager] = [by(1), by(2), lossAndGradient(bptt, large, { engine: 'eager' })(at, data)]
  t.true(Math.abs(one.loss - eager.loss) < 1e-13 && apart(one.gradient, eager.gradient) < 1e-13)
  t.is(two.loss, one.loss)
  t.is(distance(two.gradient, one.gradient), 0)
})

test.serial('RTRL of one sequence is shared out by columns, and one that does not come apart is not', t => {
  const one = lossAndGradient(rtrl, net)(θ, sequence(1))
  const two = lossAndGradient(rtrl, net, { workers: 2 })(θ, sequence(1))
  t.is(two.loss, one.loss)
  t.is(distance(two.gradient, one.gradient), 0)
  const small = network(leaky({ alpha: 0.5 }), { d: 1, n: 2, m: 2 }, halfSquaredError())
  const [found, lines] = said(() => gradient(rtrl, small, { workers: 2 })(small.init(1), sequence(1)))
  t.deepEqual(lines, [
    'janusgrad: one core, not several workers: one sequence by rtrl has nothing that could be shared out',
  ])
  t.is(distance(found, gradient(rtrl, small)(small.init(1), sequence(1))), 0)
})

/** Rules that read what else is laid out for a step, or that remember windows: noise, the mark of the last step, a joint, what is learned. */
const resumable = {
  rtrl,
  uoro: uoro(),
  bplambda: bplambda(),
  fpbptt: fpbptt({ k: 2 }),
  'dni-future': dniFuture({ every: 2, lr: 0.1 }),
} as const

for (const [name, rule] of Object.entries(resumable) as [string, AnyRule<unknown, 'past'>][])
  test.serial(
    `training by ${name} that one number of workers leaves between windows goes on bit for bit by another`,
    t => {
      const start = name === 'fpbptt' || name === 'dni-future' ? 'zero' : 'learned'
      const small = network(leaky({ alpha: 0.5 }), { d: 3, n: 2, m: 2 }, halfSquaredError(), { start })
      const data = batch.slice(0, 4)
      const run = (workers?: number) =>
        train(rule, small as never, { optimiser: sgd({ lr: 0.1 }), every: 4, ...(workers && { workers }) })
      const [at, how] = [small.init(5), { optimiser: sgd({ lr: 0.1 }), every: 4, engine: 'eager' } as const]
      const eager = [...train(rule, small as never, how)(at, data)]
      const one = [...run(1)(at, data)]
      for (const [i, step] of one.entries()) t.true(apart(step.θ, (eager[i] as typeof step).θ) < 1e-12, `${name} ${i}`)
      let left: unknown
      for (const step of run(2)(at, data)) {
        if (step.step === 2) left = step.state()
        if (step.step === 2) break
      }
      const on = [
        ...run(3)(
          left as typeof at,
          data.map(sequence => sequence.slice(2)),
        ),
      ]
      t.is(on.length, 3)
      for (const [i, step] of on.entries()) {
        const wanted = one[i + 2] as typeof step
        t.is(step.loss, wanted.loss)
        t.is(apart(step.θ, wanted.θ), 0)
        t.deepEqual(step.output, wanted.output)
      }
    },
  )

test.serial('a run by windows is not left within one, nor gone on from there', t => {
  const run = train(chunked({ k: 3 })(bptt), net, { optimiser: sgd({ lr: 0.1 }), workers: 2 })
  const within = { instanceOf: KindError, message: /window/ }
  for (const step of run(θ, batch)) if (step.step === 2) t.throws(() => step.state(), within)
  const eager = train(chunked({ k: 3 })(bptt), net, { optimiser: sgd({ lr: 0.1 }), engine: 'eager' })
  const second = [...eager(θ, batch)][1]?.state()
  t.throws(() => [...run(second as never, batch)], within)
})

test.serial('what is not finite in a block is reported by its sequence and its step', t => {
  const bad = batch.map((one, k) =>
    k === 7 ? one.map((now, i) => (i === 2 ? example(tensor([1e308, 1e308]), now.target) : now)) : one,
  )
  const wide = network(leaky({ alpha: 0.5, f: relu }), { d: 16, n: 2, m: 2 }, halfSquaredError())
  const given = wide.init(1)
  const large = { ...given, cell: { ...given.cell, W_in: tensor(Array.from({ length: 16 }, () => [1e10, 1e10])) } }
  const how = { instanceOf: NonFiniteError, message: /step 3 of sequence 8/ }
  t.throws(() => gradient(bptt, wide, { workers: 2 })(large as typeof given, bad), how)
  t.throws(
    () => [...train(rtrl, wide, { optimiser: sgd({ lr: 1e-300 }), workers: 2 })(large as typeof given, bad)],
    how,
  )
})

test.serial(
  'an example that does not fit is refused as without workers, whichever block it is in, and the next call works',
  t => {
    const [one, two] = [gradient(bptt, net), gradient(bptt, net, { workers: 2 })]
    const wrong = [
      example(tensor([1, 2, 3]), tensor([0, 0])),
      example(tensor([1, Number.NaN]), tensor([0, 0])),
      example(tensor([1, 2]), tensor([0, 0]), -1),
      null as never,
    ]
    const before = two(θ, batch)
    for (const k of [0, 4, 8])
      for (const mistake of wrong) {
        const bad = batch.map((sequence, i) => (i === k ? sequence.with(3, mistake) : sequence))
        const { message } = t.throws(() => one(θ, bad)) ?? {}
        t.regex(message ?? '', /step 4/)
        t.throws(() => two(θ, bad), { message: message ?? '' })
      }
    t.is(distance(two(θ, batch), before), 0)
    const by = [1, 2].map(() => gradient(uoro(), net, { workers: 2, seed: 5 }))
    t.throws(() => by[0]?.(θ, [...batch.slice(1), [null as never]]))
    t.throws(() => by[0]?.(θ, batch.with(8, batch[8]!.with(3, null as never))))
    t.is(distance(by[0]!(θ, batch), by[1]!(θ, batch)), 0, 'a mistake draws no noise')
  },
)

test.serial('shares go round the workers: each thread is told its own', async t => {
  const found = threads()
  if (!found) return t.fail()
  await closeWorkers()
  let told = 0
  class Counted extends found.MessageChannel {
    constructor() {
      super()
      const post = this.port1.postMessage.bind(this.port1)
      this.port1.postMessage = message => {
        told++
        post(message)
      }
    }
  }
  const { getBuiltinModule } = process
  Object.assign(process, { getBuiltinModule: () => ({ ...found, MessageChannel: Counted }) })
  try {
    gradient(bptt, net, { workers: 3 })(θ, [...batch, ...batch])
    t.is(told, 2)
    const [step] = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), workers: 2 })(θ, batch)
    t.true(step !== undefined && told > 2)
  } finally {
    Object.assign(process, { getBuiltinModule })
    await closeWorkers()
  }
})

test.serial('a run whose thread is ended says so, and the next one works', async t => {
  const pass = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), workers: 2 })
  const steps = pass(θ, batch)
  steps.next()
  await closeWorkers()
  t.throws(() => steps.next(), { instanceOf: KindError, message: /a run whose worker thread died/ })
  t.is([...pass(θ, batch)].length, 5)
})

test.serial('a run whose command fails is closed: it begins anew, or says that it is gone', t => {
  const made = preparedFor(defaultEngine(), net as unknown as Network, bptt as Rule)(θ, sequence(1)[0]!, null, noNoise)
  const run = { id: freshId(), made, frames: 3, on: 0 }
  const told = (...command: readonly unknown[]) => carriedOut(1, [{ run, command: () => command as never }])
  const begin = ['begin', parametersIn(θ), beginningOf(made, θ)]
  told(...begin)
  t.throws(() => told('nothing'), { instanceOf: TypeError, message: /not a function/ })
  t.throws(() => told('gradient'), { instanceOf: KindError, message: /a run whose worker thread died/ })
  told(...begin)
  t.is((told('gradient')[0] as Float64Array).length, entries(θ).length)
  leave(run.id)
})

test.serial('a thread that cannot begin, and one that ends, are errors and no endless wait', t => {
  const found = threads()
  if (!found) return t.fail()
  const missing = thread(found, 'file:///nowhere/serve.js')
  missing.give([])
  t.throws(() => missing.take(), { instanceOf: KindError, message: /died: .*(nowhere|ERR_MODULE)/ })
  const ending = thread(found, 'data:text/javascript,export const serve = () => process.exit(3)')
  ending.give([])
  t.throws(() => ending.take(), { instanceOf: KindError, message: /died: it ended with code 3.*starts another/ })
  t.false(missing.alive || ending.alive)
})

test.serial(
  'a thread that runs out of memory before the caller comes back to its event loop is an error and no endless wait',
  t => {
    const found = threads()
    if (!found) return t.fail()
    class Small extends found.Worker {
      constructor(code: string, options: object) {
        super(code, { ...options, resourceLimits: { maxOldGenerationSizeMb: 8 } })
      }
    }
    const greedy =
      'export const serve = () => { for (const all = []; ; ) all.push(Array.from({ length: 1e5 }, Math.random)) }'
    const one = thread({ ...found, Worker: Small }, `data:text/javascript,${encodeURIComponent(greedy)}`)
    one.give([])
    t.throws(() => one.take(), { instanceOf: KindError, message: /died: it was ended.*starts another/ })
    t.false(one.alive)
  },
)

test.serial('a thread that is ended from outside while it is waited for is an error and no endless wait', t => {
  const found = threads()
  if (!found) return t.fail()
  const ends: (() => void)[] = []
  class Known extends found.Worker {
    constructor(code: string, options: object) {
      super(code, options)
      ends.push(() => void this.terminate())
    }
  }
  const endless = `export const serve = (port, signal) => {
    port.postMessage({ results: [] })
    Atomics.add(signal, 1, 1)
    Atomics.notify(signal, 1)
    for (;;);
  }`
  const one = thread({ ...found, Worker: Known }, `data:text/javascript,${encodeURIComponent(endless)}`)
  one.give([])
  t.deepEqual(one.take(), [])
  one.give([])
  for (const end of ends) end()
  t.throws(() => one.take(), { instanceOf: KindError, message: /died: it was ended.*starts another/ })
})

test.serial('a thread that does not begin is given up after as long as one may take to, and not before', t => {
  const found = threads()
  if (!found) return t.fail()
  class Still {
    readonly performance = { eventLoopUtilization: () => ({ idle: 0 }) }
    unref() {}
    on() {}
    terminate() {
      return Promise.resolve(0)
    }
  }
  const one = thread({ ...found, Worker: Still as never }, 'file:///nowhere', { patience: 2, beginning: 30 })
  const start = performance.now()
  one.give([])
  t.throws(() => one.take(), { instanceOf: KindError, message: /died: it has not begun in 0\.03 s;/ })
  t.true(performance.now() - start > 29)
  t.false(one.alive)
})

test.serial('an error in a thread is the error it is', t => {
  const found = threads()
  if (!found) return t.fail()
  const one = thread(found)
  one.give([{ id: 0, command: ['gradient'] }])
  t.throws(() => one.take(), { instanceOf: KindError, message: /died: TypeError[\s\S]*\n +at / })
})

test.serial("a primitive of one's own stays on one core, with a word, and the bits are the same", t => {
  const row = { ...table.tanh!, name: 'mine' }
  const own = cell({ params: { W: ['d', 'd'], U: ['d', 'n'] }, state: { h: ['d'] } }, ({ W, U }, { h }, x) => ({
    h: run(row, [add(matvec(W, h), matvec(U, x))], undefined),
  }))
  const mine = network(own, { d: 4, n: 2, m: 2 }, halfSquaredError())
  const given = mine.init(1)
  const [two, lines] = said(() => gradient(bptt, mine, { workers: 2 })(given, batch))
  t.deepEqual(lines, [
    'janusgrad: one core, not several workers: a primitive of your own, or a library outside, stays in its thread',
  ])
  t.is(distance(two, gradient(bptt, mine, { workers: 1 })(given, batch)), 0)
})

test.serial('where there are no threads there is one core, with a word', t => {
  const { getBuiltinModule } = process
  Object.assign(process, { getBuiltinModule: undefined })
  try {
    const [two, lines] = said(() => gradient(bptt, net, { workers: 2 })(θ, batch))
    t.deepEqual(lines, ['janusgrad: one core, not several workers: this place has no threads that can be waited for'])
    t.is(distance(two, gradient(bptt, net, { workers: 1 })(θ, batch)), 0)
  } finally {
    Object.assign(process, { getBuiltinModule })
  }
})

test.serial('one sequence by a rule that looks back has nothing to share out, and says so', t => {
  const [one, lines] = said(() => gradient(bptt, net, { workers: 2 })(θ, sequence(1)))
  t.deepEqual(lines, [
    'janusgrad: one core, not several workers: one sequence by bptt has nothing that could be shared out',
  ])
  t.is(distance(one, gradient(bptt, net)(θ, sequence(1))), 0)
})

test.serial('threads do not keep a process alive', t => {
  const program = `
    const { bptt, gradient, halfSquaredError, leaky, network, sequence } = await import(${JSON.stringify(join(root, 'dist/src/index.js'))})
    const net = network(leaky(), { d: 4, n: 1, m: 1 }, halfSquaredError())
    gradient(bptt, net, { workers: 3 })(net.init(1), [1, 2, 3].map(k => sequence([k, 1], [1, k])))
    console.log('done')`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  t.is(out, 'done\n')
})

test.serial('of so many workers all but this thread are started, once', async t => {
  await closeWorkers()
  const small = network(leaky({ alpha: 0.25 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const batch = Array.from({ length: 40 }, (_, i) => [example([i / 40], [1])])
  let started = 0
  const count = () => started++
  process.on('worker', count)
  try {
    for (const [workers, all] of [
      [1, 0],
      [3, 2],
      [2, 2],
      [3, 2],
      [4, 3],
    ] as const) {
      gradient(bptt, small, { workers })(small.init(1), batch)
      await setImmediate()
      t.is(started, all)
    }
  } finally {
    process.off('worker', count)
  }
})

test.serial('what workers share is made by the first call, and used again by those after it', t => {
  const Own = globalThis.SharedArrayBuffer
  let made = 0
  globalThis.SharedArrayBuffer = class extends Own {
    constructor(length?: number) {
      super(length)
      made++
    }
  } as typeof Own
  try {
    const batch = [1, 2, 3, 4].map(i => [example([i], [1]), example([1], [i])])
    const small = network(leaky({ alpha: 0.25 }), { d: 3, n: 1, m: 1 }, halfSquaredError())
    for (const rule of [bptt, rtrl]) {
      const by = gradient(rule, small, { workers: 2 })
      const counts = [1, 2, 3].map(seed => {
        made = 0
        by(small.init(seed), batch)
        return made
      })
      t.true((counts[0] as number) > 0)
      t.deepEqual(counts.slice(1), [0, 0])
    }
  } finally {
    globalThis.SharedArrayBuffer = Own
  }
})
