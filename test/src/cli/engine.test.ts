import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import type { Engine } from '../../../ad/compiler/engine.ts'
import { entries } from '../../../ad/distance.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { inWheels, type Koffi, openblas } from '../../../src/blas.ts'
import { engineBy, engineLine, engineNamed } from '../../../src/engine.ts'
import { root } from '../../root.ts'

const sizes = { d: 40, n: 3, m: 2 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
const θ = net.init(1)
const data = rng(1, 1)
const vector = (n: number) => data.draw({ law: 'normal', shape: [n] })
const sequenceOf = (T: number): readonly Example[] => Array.from({ length: T }, () => example(vector(3), vector(2)))

/** Memory by made-up addresses, so that BLAS can be played in JavaScript. */
const spaces: ArrayBufferLike[] = []
const far = 2 ** 40
const at = (address: number): readonly [buffer: ArrayBufferLike, offset: number] => [
  spaces[Math.floor(address / far)]!,
  address % far,
]

/** A column or row of numbers at an address. */
const reader = (double: boolean, address: number) => {
  const [buffer, offset] = at(address)
  const all = double ? new Float64Array(buffer) : new Float32Array(buffer)
  const from = offset / all.BYTES_PER_ELEMENT
  return { get: (i: number) => all[from + i]!, set: (i: number, x: number) => (all[from + i] = x) }
}

const turned = 112
const gemm =
  (double: boolean, sign: number) =>
  (...args: readonly number[]) => {
    const [, ta, tb, m, n, k, , a, lda, b, ldb, beta, c, ldc] = args
    const [A, B, C] = [reader(double, a!), reader(double, b!), reader(double, c!)]
    for (let i = 0; i < m!; i++)
      for (let j = 0; j < n!; j++) {
        let sum = beta === 0 ? 0 : C.get(i * ldc! + j)
        for (let l = 0; l < k!; l++)
          sum +=
            sign *
            A.get(ta === turned ? l * lda! + i : i * lda! + l) *
            B.get(tb === turned ? j * ldb! + l : l * ldb! + j)
        C.set(i * ldc! + j, sum)
      }
  }

const gemv =
  (double: boolean) =>
  (...args: readonly number[]) => {
    const [, trans, m, n, , a, lda, x, , , y] = args
    const [A, X, Y] = [reader(double, a!), reader(double, x!), reader(double, y!)]
    const [rows, columns] = trans === turned ? [n!, m!] : [m!, n!]
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let j = 0; j < columns; j++) sum += A.get(trans === turned ? j * lda! + i : i * lda! + j) * X.get(j)
      Y.set(i, sum)
    }
  }

/** A library that answers as OpenBLAS does, or with the wrong sign. */
const played = (sign = 1): Koffi => ({
  load: () => ({
    func: signature => {
      const double = signature.includes('double')
      return signature.includes('gemm(') ? gemm(double, sign) : gemv(double)
    },
  }),
  address: view => {
    const known = spaces.indexOf(view.buffer)
    return BigInt((known >= 0 ? known : spaces.push(view.buffer) - 1) * far)
  },
})

const gradientsOf = (engine: Engine | 'eager', T = 60): readonly number[] =>
  [bptt, rtrl].flatMap(rule => entries(gradient(rule as AnyRule, net, { engine })(θ, sequences.slice(0, T))))
const sequences = sequenceOf(60)

test('large products go to a library where there is one, and the gradients stay what they are', async t => {
  let calls = 0
  const koffi: Koffi = played()
  const counted: Koffi = {
    ...koffi,
    load: path => ({
      func: signature => {
        const call = koffi.load(path).func(signature)
        return (...args) => {
          calls++
          return call(...args)
        }
      },
    }),
  }
  const engine = await openblas({ koffi: counted })
  if (typeof engine === 'string') return t.fail(engine)
  t.is(engine.name, 'compiled-blas')
  const exact = gradientsOf('eager', 6)
  calls = 0
  t.true(gradientsOf(engine, 6).every((g, i) => Math.abs(g - exact[i]!) < 1e-12))
  t.true(calls > 6)
})

test('an option that openblas has not is refused by name', async t => {
  await t.throwsAsync(openblas({ precision: 'f32' } as never), { message: /^openblas: an option precision/ })
})

test('a library that is missing, broken or wrong is refused in one line', async t => {
  const line = async (looking: Parameters<typeof openblas>[0]): Promise<string> => {
    const found = await openblas(looking)
    return typeof found === 'string' ? found : found.name
  }
  t.is(await line({}), 'OpenBLAS needs the package koffi (npm install koffi)')
  const nowhere: Koffi = {
    ...played(),
    load: path => {
      throw new Error(`${path}: cannot open shared object file\nsecond line`)
    },
  }
  t.regex(await line({ koffi: nowhere }), /^OpenBLAS cannot be loaded \(.*cannot open shared object file\)$/)
  t.is(await line({ koffi: played(-1) }), 'OpenBLAS gives wrong products')
  const unnamed: Koffi = {
    ...played(),
    load: () => ({
      func: () => {
        throw new Error('Cannot find function cblas_dgemv')
      },
    }),
  }
  t.is(await line({ koffi: unnamed }), 'OpenBLAS cannot be used (Cannot find function cblas_dgemv)')
})

/** koffi as the bench has it. */
const koffiOfBench = (): Koffi | null => {
  try {
    return createRequire(join(root, 'bench/package.json'))('koffi') as Koffi
  } catch {
    return null
  }
}

test('a library may name its functions as the wheels of scipy and numpy do, and is said by its file', async t => {
  for (const [name, integer] of [
    ['scipy_cblas_dgemm(', 'int m'],
    ['scipy_cblas_dgemm64_(', 'int64_t m'],
  ] as const) {
    const asked: string[] = []
    const prefixed: Koffi = {
      ...played(),
      load: path => ({
        func: signature => {
          asked.push(signature)
          if (!signature.includes(name.replace('dgemm', /cblas_(\w+?)(64_)?\(/.exec(signature)?.[1] ?? '')))
            throw new Error('no')
          return played().load(path).func(signature.replace('64_(', '('))
        },
      }),
    }
    const engine = await openblas({ koffi: prefixed })
    if (typeof engine === 'string') return t.fail(engine)
    t.true(asked.some(signature => signature.includes(name) && signature.includes(integer)))
    t.is(engine.library?.name, 'OpenBLAS (libopenblas.so.0)')
  }
})

test.serial('the libraries in the wheels of numpy and scipy multiply as ours', async t => {
  const [koffi, found] = [koffiOfBench(), inWheels()]
  if (!koffi || found.length === 0) {
    t.pass()
    t.log(
      koffi ? 'skipped: python3 has no numpy or scipy with an OpenBLAS' : 'skipped: koffi is not installed in bench/',
    )
    return
  }
  const { JANUS_OPENBLAS } = process.env
  try {
    for (const path of found) {
      process.env.JANUS_OPENBLAS = path
      const engine = await openblas({ koffi })
      if (typeof engine === 'string') return t.fail(engine)
      t.true(engineLine(engine).includes(basename(path)))
      const exact = gradientsOf('eager', 6)
      t.true(gradientsOf(engine, 6).every((g, i) => Math.abs(g - exact[i]!) < 1e-12))
    }
  } finally {
    if (JANUS_OPENBLAS === undefined) delete process.env.JANUS_OPENBLAS
    else process.env.JANUS_OPENBLAS = JANUS_OPENBLAS
  }
})

test('an engine asked for is an engine found, or the fastest without a library', async t => {
  const found = async (choice: Parameters<typeof engineBy>[0]) => E.toUnion(await engineBy(choice, 'f64')()) as Engine
  t.is((await found('eager')).name, 'eager')
  t.is((await found('compiled-js')).name, 'compiled-js')
  t.is((await found('compiled-blas')).name, (await found('compiled')).name)
  t.regex(engineLine(await found('compiled')), /^compiled-(native|wasm|js), f64: /)
  const single = await engineBy('eager', 'f32')()
  t.true(E.isLeft(single) && single.left.code === 2 && single.left.message.includes('f64'))
  const odd = await engineNamed('compild')()
  t.true(E.isLeft(odd) && odd.left.message.includes('Did you mean `compiled`'))
})

test('the loss of a tail, forward only, is the same by every engine', t => {
  const long = sequenceOf(600)
  const [exact, tail] = [500, 599].map(from => evaluate(net, { engine: 'eager' })(θ, long, { from })) as [
    number,
    number,
  ]
  for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
    const loss = evaluate(net, { engine })
    t.true(Math.abs(loss(θ, long, { from: 500 }) - exact) < 1e-10 * exact)
    t.true(Math.abs(loss(θ, long, { from: 599 }) - tail) < 1e-10)
    t.is(loss(θ, []), 0)
  }
})

test('a batch of sequences of different lengths is refused, and so is a place of the wrong size', t => {
  const by = gradient(bptt, net)
  t.throws(() => by(θ, [sequences.slice(0, 3), sequences.slice(0, 2)]), { message: /batch: sequences of 3, 2 steps/ })
  t.throws(() => by(θ, sequences, { into: θ.readout.b_out as Tensor }), { message: /a place of 2 numbers/ })
})
