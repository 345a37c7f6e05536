import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { defaultEngine, type EngineLike, engineOf } from '../../../ad/compiler/engine.ts'
import { build, type Dtype, kernelsOver, scratchBytes } from '../../../ad/compiler/kernels.ts'
import { type Library, largeBy, works } from '../../../ad/compiler/library.ts'
import { libraryOf, native } from '../../../ad/compiler/native.ts'
import { entries } from '../../../ad/distance.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { bptt } from '../../../rules/bptt.ts'
import { fpbptt } from '../../../rules/fpbptt.ts'
import { kfrtrl } from '../../../rules/kfrtrl.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { snap } from '../../../rules/snap.ts'
import { built, root } from '../../root.ts'

/** The native product, or null: the tests of it are skipped where no compiler was found, and on a processor it does not serve. */
const found = native()
const withNative = found ? test : test.skip
const library = found as Library
const bothFuse = build() === 'relaxed'

test('what was built for this processor is used', t => {
  const path = join(root, 'native/build/gemm.node')
  const isBuilt = existsSync(path) && (createRequire(path)(path) as { level?: string }).level !== undefined
  t.is(found !== null, isBuilt && process.env.JANUS_NATIVE !== 'off')
})

const dtypes = ['f64', 'f32'] as const
const bytesOf = { f64: 8, f32: 4 } as const
const viewOf = (dtype: Dtype, buffer: ArrayBuffer, at: number, length: number) =>
  dtype === 'f64' ? new Float64Array(buffer, at, length) : new Float32Array(buffer, at, length)

/** The sizes of a product and how it lies: which of the factors is turned over, what is left between rows, whether it is added. */
interface Case {
  readonly sizes: readonly [m: number, k: number, n: number]
  readonly turned: readonly [a: boolean, b: boolean]
  readonly gap: number
  readonly adds: boolean
}

/** Every size from 1 to 70 in every place, beside two that are drawn, in each layout. */
const casesOf = (seed: number): readonly Case[] => {
  let state = seed
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: 70 * 3 * 4 }, (_, i): Case => {
    const [size, place] = [1 + (i % 70), Math.floor(i / 70) % 3]
    const sizes = [0, 1, 2].map(at => (at === place ? size : 1 + draw(70))) as [number, number, number]
    return { sizes, turned: [draw(2) === 1, draw(2) === 1], gap: draw(4), adds: draw(2) === 1 }
  })
}

/** A memory with our kernels on it, and with the library's. */
const benchOf = (dtype: Dtype) => {
  const memory = new WebAssembly.Memory({ initial: 16 })
  const kernels = kernelsOver(dtype, memory)
  return { memory, kernels, large: largeBy(found ?? undefined, kernels, dtype, memory) }
}
const benches = { f64: benchOf('f64'), f32: benchOf('f32') } as const

/** The same product by the kernel and by the library, in the same place; what lies between rows is seen too. */
const both = (dtype: Dtype, { sizes: [m, k, n], turned, gap, adds }: Case, number: (i: number) => number) => {
  const { memory, kernels, large } = benches[dtype]
  const [row, column] = [n + gap, k + gap]
  const [a, b, out] = [m * column + k * m, k * row + n * column, m * row].map(size => size + 8) as [
    number,
    number,
    number,
  ]
  const bytes = bytesOf[dtype]
  const [x, y, z] = [scratchBytes, scratchBytes + a * bytes, scratchBytes + (a + b) * bytes] as const
  const given = viewOf(dtype, memory.buffer, x, a + b)
  for (let i = 0; i < given.length; i++) given[i] = number(i)
  const [rsa, csa] = turned[0] ? [1, m] : [column, 1]
  const [rsb, csb] = turned[1] ? [1, column] : [row, 1]
  return [kernels, large].map(({ gemm }) => {
    const place = viewOf(dtype, memory.buffer, z, out).fill(0.25)
    gemm(z, x, y, m, k, n, rsa!, csa!, rsb!, csb!, row, Number(adds))
    return Array.from(place)
  }) as [number[], number[]]
}

const sameBits = (a: readonly number[], b: readonly number[]): boolean => a.every((x, i) => Object.is(x, b[i]))
const show = ({ sizes, turned, gap, adds }: Case): string => `${sizes} turned ${turned} gap ${gap} adds ${adds}`
const wave = (i: number): number => Math.sin(i * 1.7 + 0.3)

for (const dtype of dtypes) {
  withNative(`in ${dtype} the native product of exact sums has the kernel's bits, at all sizes from 1 to 70`, t => {
    for (const one of casesOf(1)) {
      const [ours, theirs] = both(dtype, one, i => ((i * 7919) % 13) - 6)
      t.true(sameBits(ours, theirs), show(one))
    }
  })

  withNative(`in ${dtype} the native product has the fused kernel's bits, and the other's to rounding`, t => {
    const within = { f64: 1e-13, f32: 1e-4 }[dtype]
    for (const one of casesOf(2)) {
      const [ours, theirs] = both(dtype, one, wave)
      t.true(bothFuse ? sameBits(ours, theirs) : ours.every((x, i) => Math.abs(x - theirs[i]!) < within), show(one))
    }
  })

  withNative(`in ${dtype} NaN, infinities and signed zeros come out of the native product as out of the kernel`, t => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -0, -0, 1, -1]
    for (const one of casesOf(3)) {
      const few = (i: number): number => ((i * 31) % 97 === 5 ? odd[i % odd.length]! : [-0, 0, -1][i % 3]!)
      const [ours, theirs] = both(dtype, one, few)
      t.true(sameBits(ours, theirs), show(one))
    }
    const zeros = both(dtype, { sizes: [9, 5, 11], turned: [false, false], gap: 0, adds: false }, () => -0)
    t.true(zeros.every(list => list.slice(0, 99).every(x => Object.is(x, 0))))
  })
}

withNative('long sums are taken in parts, as the kernel takes them', t => {
  for (const [i, k] of [255, 256, 257, 258, 511, 513, 1000, 300].entries()) {
    const one: Case = { sizes: [11, k, 13], turned: [true, false], gap: 1, adds: i % 2 === 0 }
    const [ours, theirs] = both('f64', one, wave)
    t.true(bothFuse ? sameBits(ours, theirs) : ours.every((x, i) => Math.abs(x - theirs[i]!) < 1e-12), show(one))
  }
})

/** Operands 8 × 8 of ones and of twos after the scratch of a memory of so many pages. */
const [first, second, third] = [scratchBytes, scratchBytes + 512, scratchBytes + 1024] as const
const filled = (pages: number): WebAssembly.Memory => {
  const memory = new WebAssembly.Memory({ initial: pages })
  new Float64Array(memory.buffer, first, 64).fill(1)
  new Float64Array(memory.buffer, second, 64).fill(2)
  return memory
}
const eight = [8, 8, 8, 8, 1, 8, 1, 8, 0] as const

withNative('memory that grows has another buffer: the next product finds it', t => {
  const memory = filled(5)
  const { gemm } = library.over('f64', memory)
  t.true(gemm?.(third, first, second, ...eight))
  const old = memory.buffer
  memory.grow(40)
  t.is(old.byteLength, 0)
  new Float64Array(memory.buffer, third, 64).fill(0)
  t.true(gemm?.(third, first, second, ...eight))
  t.true(new Float64Array(memory.buffer, third, 64).every(x => x === 16))
})

withNative('a matrix outside the memory is refused, and so is a memory without room for the scratch', t => {
  const memory = filled(5)
  const { gemm } = library.over('f64', memory)
  const end = memory.buffer.byteLength
  for (const [out, a, b] of [
    [end - 504, first, second],
    [third, end, second],
    [third, first, 2 ** 32 - 8],
    [third, first, second + 4],
  ] as const)
    t.throws(() => gemm?.(out, a, b, ...eight), { instanceOf: RangeError, message: /outside the memory/ })
  t.throws(() => gemm?.(third, first, second, 8, 8, 8, 2 ** 30, 1, 8, 1, 8, 0), { instanceOf: RangeError })
  t.throws(() => gemm?.(third, first, second, 8, 8, 8, -8, 1, 8, 1, 8, 0), { instanceOf: RangeError })
  const small = library.over('f64', { buffer: new ArrayBuffer(1024) }).gemm
  t.throws(() => small?.(0, 0, 0, ...eight), { instanceOf: RangeError, message: /room for its scratch/ })
})

withNative('a memory may lie anywhere: no processor wants its scratch aligned', t => {
  const [m, k, n] = [11, 70, 40]
  // plain arrays of different sizes begin at different multiples of 16 bytes
  for (const dtype of dtypes)
    for (const spare of [0, 2, 4, 6, 8, 10, 12, 14].flatMap(words => [words, words + 300])) {
      const bytes = bytesOf[dtype]
      const { buffer } = new Uint8Array(scratchBytes + (m * k + k * n + m * n) * bytes + 8 * spare)
      const [x, y, z] = [scratchBytes, scratchBytes + m * k * bytes, scratchBytes + (m * k + k * n) * bytes]
      viewOf(dtype, buffer, x, m * k).fill(1)
      viewOf(dtype, buffer, y, k * n).fill(2)
      const sums = viewOf(dtype, buffer, z, m * n)
      const { gemm } = library.over(dtype, { buffer })
      for (const [down, right] of [
        [n, 1],
        [1, k],
      ] as const) {
        sums.fill(0)
        t.true(gemm?.(z, x, y, m, k, n, k, 1, down, right, n, 0))
        t.true(sums.every(sum => sum === 2 * k))
      }
    }
})

test('an addon is tried before it is trusted: one that multiplies wrong, or not at all, is none', t => {
  t.false(works(libraryOf({ level: 'played', f64: () => {}, f32: () => {} }), scratchBytes))
  t.true(found === null || works(found, scratchBytes))
})

const sizes = { d: 33, n: 3, m: 2 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
const data = rng(1, 1)
const vector = (n: number) => data.draw({ law: 'normal', shape: [n] })
const sequence = () => Array.from({ length: 9 }, () => example(vector(3), vector(2)))
const batch = Array.from({ length: 5 }, sequence)
const rules: Readonly<Record<string, AnyRule>> = {
  bptt,
  rtrl,
  fpbptt: fpbptt({ k: 4 }),
  snap: snap({ n: 1 }),
  kfrtrl: kfrtrl(),
}

for (const [name, rule] of Object.entries(rules))
  withNative(`the gradient by ${name} with native products is that of WebAssembly, to the bit where both fuse`, t => {
    const θ = net.init(1)
    for (const of of [batch, sequence()]) {
      const by = (engine: EngineLike): readonly number[] => entries(gradient(rule, net, { engine })(θ, of))
      const [wasm, ours] = [by('compiled-wasm'), by('compiled-native')]
      const scale = Math.max(...wasm.map(Math.abs))
      t.true(bothFuse ? sameBits(wasm, ours) : wasm.every((x, i) => Math.abs(x - ours[i]!) <= 1e-13 * scale))
    }
  })

withNative('the products of compiled-native are those of the addon', t => {
  let calls = 0
  const counting: Library = {
    ...library,
    over: (dtype, memory) => {
      const { gemm } = library.over(dtype, memory)
      return {
        gemm: (...args) => {
          calls++
          return gemm?.(...args) ?? false
        },
      }
    },
  }
  const engine = engineOf({ name: 'compiled-native', dtype: 'f64', library: counting })
  const ones = tensorOf([40, 40], new Float64Array(1600).fill(1))
  const product = compile(matmul, engine)(ones, ones) as Tensor
  t.true(product.data.every(x => x === 40))
  t.is(calls, 1)
})

/** What a fresh process says of its default engine, under these variables. */
const engineIn = (env: Readonly<Record<string, string>>, before = ''): string => {
  const program = `${before}
    const { defaultEngine } = await import(${JSON.stringify(join(built, 'ad/compiler/engine.js'))})
    console.log(defaultEngine().name)`
  const own = { ...process.env, ...env }
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: own,
  }).trim()
}

withNative('the fastest engine is the native one, in a worker too; JANUS_NATIVE turns it off', t => {
  t.is(defaultEngine().name, 'compiled-native')
  t.is(engineIn({ JANUS_NATIVE: '' }), 'compiled-native')
  t.is(engineIn({ JANUS_NATIVE: 'off' }), 'compiled-wasm')
  const inWorker = `
    import { Worker, isMainThread } from 'node:worker_threads'
    const { defaultEngine: own } = await import(${JSON.stringify(join(built, 'ad/compiler/engine.js'))})
    const code = "import(" + ${JSON.stringify(JSON.stringify(join(built, 'ad/compiler/engine.js')))} + ").then(m => console.log('worker', m.defaultEngine().name))"
    own()
    await new Promise(done => new Worker(code, { eval: true }).on('exit', done))`
  t.is(engineIn({}, inWorker), 'worker compiled-native\ncompiled-native')
})

test('compiled-native is refused where there is no addon, and no other engine is', t => {
  const program = `const { engineOf } = await import(${JSON.stringify(join(built, 'ad/compiler/engine.js'))})
    for (const name of ['compiled-wasm', 'compiled-js', 'compiled-native'])
      try { console.log(engineOf(name).name) } catch ({ message }) { console.log(message) }`
  const env = { ...process.env, JANUS_NATIVE: 'off' }
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', env })
  t.regex(
    said,
    /^compiled-wasm\ncompiled-js\nengine: compiled-native where no native product was found; wanted native\/ built/,
  )
})

test('where there is no process, no addon, or a file that is none, WebAssembly multiplies and nothing is said', t => {
  t.is(engineIn({}, 'globalThis.process = undefined'), 'compiled-wasm')
  t.is(engineIn({ JANUS_NATIVE: join(root, 'package.json') }), 'compiled-wasm')
  t.is(engineIn({ JANUS_NATIVE: join(root, 'nowhere.node') }), 'compiled-wasm')
  const { message } = t.throws(() => engineOf({ name: 'compiled-native', dtype: 'f16' as never }))!
  t.regex(message, /f64 or f32/)
})

/** The folder native/ in a place of its own, and what its build says there. */
const builtIn = (env: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'janusgrad-native-'))
  cpSync(join(root, 'native'), folder, { recursive: true, dereference: true, filter: path => !path.endsWith('.node') })
  mkdirSync(join(folder, 'build'), { recursive: true })
  writeFileSync(join(folder, 'build', 'gemm.node'), 'of an older source')
  utimesSync(join(folder, 'build', 'gemm.node'), 0, 0)
  writeFileSync(join(folder, 'product.c'), '#error no processor\n', { flag: 'a' })
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'build.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  const left = existsSync(join(folder, 'build', 'gemm.node'))
  rmSync(folder, { recursive: true })
  return { status, said: stdout + stderr, left }
}

test('without a compiler, or with one that fails, the build leaves nothing and says nothing', t => {
  const nothing = { status: 0, said: '', left: false }
  t.deepEqual(builtIn({ CC: 'janusgrad-no-such-compiler' }), nothing)
  t.deepEqual(builtIn({}), nothing)
})
