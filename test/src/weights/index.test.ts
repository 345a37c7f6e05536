import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { JanusError } from '../../../ad/errors.ts'
import { nested, ones, scalar, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { gru, gruPytorch } from '../../../nets/cells/gru.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm, peephole } from '../../../nets/cells/lstm.ts'
import { type AnyCell, stacked } from '../../../nets/cells/stacked.ts'
import { logits } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import {
  type Arrays,
  fromTorch,
  readArrays,
  readMetadata,
  readoutFromTorch,
  readoutToTorch,
  type TorchCell,
  toTorch,
  writeArrays,
} from '../../../src/weights/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-weights-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

const normal = (seed: number, shape: readonly number[]): Tensor => rng(seed).draw({ law: 'normal', shape })
const random: Arrays = {
  'rnn.weight': normal(1, [3, 4]),
  deep: normal(2, [2, 3, 2]),
  'one/two': normal(3, [7]),
  'größe σ': scalar(-0),
  empty: zeros([0, 3]),
  extremes: tensor([Number.MAX_VALUE, Number.MIN_VALUE, 5e-324, Number.NaN, -Infinity]),
}
const { extremes: _, ...plain } = random
const single = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([k, t]) => [k, tensorOf(t.shape, t.data.map(Math.fround))]))

const same = (t: ExecutionContext, actual: Arrays, wanted: Arrays): void => {
  t.deepEqual(Object.keys(actual).sort(), Object.keys(wanted).sort())
  for (const [name, { shape, data }] of Object.entries(wanted)) {
    t.deepEqual(actual[name]?.shape, shape, name)
    t.true(
      data.every((x, i) => Object.is(x, actual[name]?.data[i])),
      name,
    )
  }
}

const refused = (t: ExecutionContext, make: () => unknown, name: string, ...says: readonly RegExp[]): void => {
  const error = t.throws(make, { instanceOf: JanusError })
  t.is(error?.name, name, error?.message)
  for (const part of [error?.who, error?.given, error?.wanted, error?.remedy]) t.truthy(part)
  for (const pattern of says) t.regex(error?.message ?? '', pattern)
}

for (const [file, options] of [
  ['a.npz', {}],
  ['b.npz', { deflate: true }],
  ['c.safetensors', { metadata: { made: 'here' } }],
] as const) {
  test(`${file} ${JSON.stringify(options)} gives back every bit of its double-precision numbers`, t => {
    writeArrays(at(file), random, options)
    same(t, readArrays(at(file)), random)
    t.deepEqual(readMetadata(at(file)), 'metadata' in options ? options.metadata : {})
  })
  test(`${file} ${JSON.stringify(options)} in single precision gives back the nearest single-precision numbers`, t => {
    writeArrays(at(`32${file}`), plain, { ...options, dtype: 'f32' })
    same(t, readArrays(at(`32${file}`)), single(plain))
  })
}

test('a file is written whole or not at all, and leaves nothing beside it', t => {
  const path = at('whole.safetensors')
  writeArrays(path, { a: ones([2]) })
  const before = readFileSync(path)
  refused(t, () => writeArrays(path, { a: tensor([1e300]) }, { dtype: 'f32' }), 'DomainError', /'a'/, /1e\+300/)
  t.deepEqual(readFileSync(path), before)
  refused(t, () => writeArrays(at('none/a.npz'), {}), 'DomainError', /none.a\.npz.*ENOENT/)
  t.deepEqual(
    readdirSync(folder).filter(name => name.endsWith('.tmp')),
    [],
  )
})

test('what cannot be written is refused by name', t => {
  refused(t, () => writeArrays(at('a.pt'), {}), 'DomainError', /a\.pt/, /\.npz or \.safetensors/)
  refused(t, () => writeArrays(at('x.npz'), { a: [1] as never }), 'KindError', /'a'/)
  refused(t, () => writeArrays(at('x.npz'), { a: tensorOf([3], new Float64Array(2)) }), 'ShapeError', /'a'.*\[3\]/)
  refused(t, () => writeArrays(at('x.npz'), {}, { metadata: {} }), 'NameError', /metadata/)
  refused(t, () => writeArrays(at('x.npz'), {}, { dtype: 'f16' as never }), 'DomainError', /f16/)
  refused(t, () => writeArrays(at('x.safetensors'), { __metadata__: ones([1]) }), 'DomainError', /__metadata__/)
  refused(t, () => readArrays(at('absent.npz')), 'NameError', /absent\.npz/)
})

const bytes = (name: string, content: Uint8Array): string => {
  writeFileSync(at(name), content)
  return at(name)
}
const tensors = (name: string, header: string | object, numbers = 16, claim?: number): string => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(claim ?? text.length))
  return bytes(`${name}.safetensors`, Buffer.concat([length, text, Buffer.alloc(numbers)]))
}
const entry = (begin: number, end: number, shape: unknown = [1], dtype = 'F64') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

/** Headers, what is thrown, and what it names. */
const malformed: Readonly<Record<string, readonly [() => string, string, RegExp]>> = {
  'a header longer than any': [() => tensors('s1', '{}', 0, 2 ** 40), 'DomainError', /'.*s1.*header of 1099511627776/],
  'a header longer than the file': [() => tensors('s2', '{}', 0, 100), 'DomainError', /s2.*header of 100 bytes/],
  'no room for the length of its header': [
    () => bytes('s3.safetensors', Buffer.alloc(3)),
    'DomainError',
    /s3.*3 bytes/,
  ],
  'a header that is not JSON': [() => tensors('s4', '{"a":'), 'DomainError', /s4.*not JSON/],
  'a header that is a list': [() => tensors('s5', '[]'), 'DomainError', /s5.*not an object/],
  'an unknown dtype': [() => tensors('s6', { a: entry(0, 16, [8], 'I16') }), 'DomainError', /'a'.*s6.*I16/],
  'overlapping offsets': [() => tensors('s7', { a: entry(0, 8), b: entry(4, 16) }), 'DomainError', /'b'.*\[4, 16\]/],
  'offsets with a hole': [() => tensors('s8', { a: entry(8, 16) }), 'DomainError', /'a'.*\[8, 16\]/],
  'offsets beyond the file': [
    () => tensors('s9', { a: entry(0, 8), b: entry(8, 24) }),
    'DomainError',
    /'b'.*\[8, 24\]/,
  ],
  'offsets that run backwards': [() => tensors('s10', { a: entry(0, -8) }), 'DomainError', /'a'.*data_offsets/],
  'bytes after the last tensor': [() => tensors('s11', { a: entry(0, 8) }), 'DomainError', /s11.*16 bytes/],
  'offsets that do not fit the shape': [() => tensors('s12', { a: entry(0, 16, [3]) }), 'ShapeError', /'a'.*\[3\]/],
  'a shape of half a number': [() => tensors('s13', { a: entry(0, 16, [0.5]) }), 'DomainError', /'a'.*shape/],
  'metadata that is no record of strings': [
    () => tensors('s14', { __metadata__: { a: 1 } }),
    'DomainError',
    /s14.*__met/,
  ],
  'text where a zip should be': [() => bytes('z1.npz', Buffer.from('not a zip')), 'DomainError', /z1\.npz/],
}
for (const [what, [make, name, says]] of Object.entries(malformed))
  test(`a file with ${what} is refused, and the message names where`, t =>
    refused(t, () => readArrays(make()), name, says))

test('a file cut off anywhere is refused, and so is an .npz with any byte of a number changed', t => {
  for (const [file, options] of [
    ['cut.npz', {}],
    ['cut2.npz', { deflate: true }],
    ['cut.safetensors', {}],
  ] as const) {
    writeArrays(at(file), { a: normal(1, [3]), b: normal(2, [2, 2]) }, options)
    const whole = readFileSync(at(file))
    for (let n = 0; n < whole.length; n++) {
      const path = bytes(`part${file}`, whole.subarray(0, n))
      t.throws(() => readArrays(path), { instanceOf: JanusError, message: /part/ }, `${file} at ${n}`)
    }
  }
  const whole = readFileSync(at('cut.npz'))
  const last = whole.indexOf('b.npy') - 40
  whole[last] = (whole[last] ?? 0) ^ 1
  refused(t, () => readArrays(bytes('flip.npz', whole)), 'DomainError', /tensor 'a' of .*flip\.npz.*checksum/)
})

const cells: { readonly [K in TorchCell]: Cell<Branch, Branch> } = {
  leaky: leaky() as unknown as Cell<Branch, Branch>,
  lstm: lstm({ forgetBias: 1 }) as unknown as Cell<Branch, Branch>,
  gruPytorch: gruPytorch() as unknown as Cell<Branch, Branch>,
}
const modules = { leaky: 'RNN', lstm: 'LSTM', gruPytorch: 'GRU' } as const
const [d, n, m, T] = [5, 3, 2, 11]
const names = Object.keys(cells) as TorchCell[]

const shaken = (θ: Branch, seed: number): Branch =>
  Object.fromEntries(
    Object.entries(θ).map(([name, leaf], i) => [
      name,
      'interpreter' in leaf ? normal(seed + i, (leaf as Tensor).shape) : shaken(leaf as Branch, seed + 100 * (i + 1)),
    ]),
  )
const network = (kind: TorchCell, layers?: number) => {
  const cell = layers ? stacked(Array<AnyCell>(layers).fill(cells[kind] as unknown as AnyCell)) : cells[kind]
  return { cell, θ: shaken(cell.params({ d, n, m }, rng(1)), 7) }
}
const readout = { W_out: normal(40, [m, d]), b_out: normal(41, [m]) }
const inputs = Array.from({ length: T }, (_, t) => normal(50 + t, [n]))
const outputsOf = (cell: Cell<Branch, Branch>, θ: Branch, out: typeof readout): readonly number[][] => {
  let state = cell.start(cell.zeroState({ d, n, m }))
  return inputs.map(x => {
    state = cell.step(θ, state, x)
    return [...(logits({ cell } as never, { cell: θ, readout: out }, state, x) as Tensor).data]
  })
}

for (const kind of names)
  for (const layers of [undefined, 1, 3])
    test(`${kind}${layers ? `, ${layers} deep,` : ''} goes to PyTorch's names and comes back the same`, t => {
      const { θ } = network(kind, layers)
      const arrays = { ...toTorch(kind, θ, { prefix: 'rnn.' }), ...readoutToTorch(readout, { name: 'head' }) }
      const back = fromTorch(kind, arrays, { d, n, ...(layers && { layers }) } as never)
      t.deepEqual(back as unknown, θ)
      t.deepEqual(readoutFromTorch(arrays, { d, m, name: 'head' }), readout)
      t.deepEqual(arrays['rnn.weight_ih_l0']?.shape, [{ leaky: 1, lstm: 4, gruPytorch: 3 }[kind] * d, n])
    })

test("the gates of an LSTM are i, f, g, o, a GRU's r, z, n, and two biases are one sum but b_hn", t => {
  for (const [kind, gates] of [
    ['lstm', 'ifgo'],
    ['gruPytorch', 'rzn'],
  ] as const) {
    const { θ } = network(kind)
    const { weight_ih_l0: weights } = toTorch(kind, θ)
    for (const [i, k] of [...gates].entries())
      t.deepEqual(weights?.data.slice(i * d * n, (i + 1) * d * n), (θ[`W_x${k}`] as Tensor).data)
  }
  const long = toTorch('lstm', network('lstm').θ)
  t.true(long.bias_hh_l0?.data.every(b => b === 0))
  const gated: Arrays = { ...toTorch('gruPytorch', network('gruPytorch').θ), bias_hh_l0: ones([3 * d]) }
  const back = fromTorch('gruPytorch', gated, { d, n })
  t.deepEqual(nested(back.b_hn as Tensor), Array(d).fill(1))
  t.is((back.b_r as Tensor).data[0], (gated.bias_ih_l0?.data[0] ?? 0) + 1)
  t.is((back.b_n as Tensor).data[0], gated.bias_ih_l0?.data[2 * d])
})

test('what PyTorch does not compute is refused with the reason, and the cell that it does is named', t => {
  const θ = gru().params({ d, n, m }, rng(1))
  refused(t, () => toTorch('gru' as never, θ), 'KindError', /after it/, /gruPytorch/)
  refused(t, () => fromTorch('gru' as never, {}, { d, n }), 'KindError', /gruPytorch/)
  const withPeepholes = peephole().params({ d, n, m }, rng(1))
  refused(t, () => toTorch('peephole' as never, withPeepholes), 'KindError', /no peepholes/)
  refused(t, () => toTorch('lstm', withPeepholes), 'NameError', /'p_f'/)
  refused(t, () => toTorch('lsmt' as never, θ), 'NameError', /Did you mean 'lstm'/)
  refused(t, () => toTorch('gruPytorch', θ), 'NameError', /'b_hn'/)
})

test('names and shapes that are wrong are refused by name, with what they are and should be', t => {
  const { θ } = network('lstm', 2)
  const arrays = toTorch('lstm', θ, { prefix: 'rnn.' })
  const { 'rnn.bias_hh_l1': missing, ...rest } = arrays
  const read =
    (given: Arrays, more: object = {}) =>
    () =>
      fromTorch('lstm', given, { d, n, layers: 2, ...more })
  refused(t, read(rest), 'NameError', /wanted 'rnn\.bias_hh_l1' \[20\]/)
  refused(t, read({ ...rest, 'rnn.bias_hhl1': missing as Tensor }), 'NameError', /Did you mean 'rnn\.bias_hh_l1'/)
  refused(t, read(arrays, { layers: 1 }), 'NameError', /layers: 2/)
  refused(t, read(arrays, { n: 4 }), 'ShapeError', /'rnn\.weight_ih_l0' is \[20, 3\]; wanted \[20, 4\]/)
  refused(t, read(arrays, { d: 0 }), 'DomainError', /d = 0/)
  refused(t, read(arrays, { prefix: 'other.' }), 'NameError', /'other\.weight_ih_l0'/)
  refused(t, read({ ...arrays, weight_ih_l0: ones([1]) }), 'NameError', /prefix/)
  refused(t, read({ ...arrays, 'rnn.weight_ih_l0_reverse': ones([1]) }), 'KindError', /bidirectional/)
  refused(t, read({}), 'NameError', /no tensors/)
  const odd = { ...θ, layer2: { ...(θ.layer2 as Branch), W_ho: ones([2, 2]) } }
  refused(t, () => toTorch('lstm', odd), 'ShapeError', /'layer2\.W_ho' is \[2, 2\]; wanted \[5, 5\]/)
  refused(t, () => toTorch('lstm', { cell: θ }), 'NameError', /θ\.cell/)
  refused(
    t,
    () => readoutFromTorch(readoutToTorch(readout), { d, m: 3 }),
    'ShapeError',
    /'readout\.weight' is \[2, 5\]/,
  )
  refused(t, () => readoutFromTorch({}, { d, m }), 'NameError', /'readout\.weight' \[2, 5\]/)
})

const python = (script: string, ...args: readonly string[]) =>
  spawnSync(process.env.PYTHON ?? 'python3', ['-c', script, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
const tried = new Map<string, boolean>()
const has = (t: ExecutionContext, module: string): boolean => {
  const present = tried.get(module) ?? python(`import ${module}`).status === 0
  tried.set(module, present)
  if (!present) {
    t.log(`not compared: python has no ${module}; name one that has with PYTHON`)
    t.pass()
  }
  return present
}
const runPython = (t: ExecutionContext, script: string, ...args: readonly string[]): unknown => {
  const { status, stdout, stderr } = python(script, ...args)
  t.is(status, 0, stderr)
  return JSON.parse(stdout)
}

const shows = `
import sys, json, numpy as np
print(json.dumps({k: [list(v.shape), str(v.dtype), v.ravel().tolist()] for k, v in np.load(sys.argv[1]).items()}))`

test('numpy reads an .npz as it was written', t => {
  if (!has(t, 'numpy')) return
  for (const [dtype, wanted] of [
    ['f64', plain],
    ['f32', single(plain)],
  ] as const)
    for (const deflate of [false, true]) {
      writeArrays(at('seen.npz'), plain, { dtype, deflate })
      const fromNumpy = runPython(t, shows, at('seen.npz'))
      const kind = dtype === 'f64' ? 'float64' : 'float32'
      t.deepEqual(
        fromNumpy,
        Object.fromEntries(Object.entries(wanted).map(([k, v]) => [k, [[...v.shape], kind, [...v.data]]])),
      )
    }
})

const saves = `
import sys, numpy as np
a = np.arange(24.).reshape(2, 3, 4) / 7
odd = dict(c=a, f=np.asfortranarray(a), t=a[0].T, big=a.astype('>f8'), single=a.astype('<f4'), bigger=a.astype('>f4'),
  one=np.float64(3.5), none=np.zeros((0, 2)), row=np.arange(3.))
np.savez(sys.argv[1] + 'np.npz', **odd)
np.savez_compressed(sys.argv[1] + 'npc.npz', **odd)
for k, x in dict(int=np.arange(3), wide=np.zeros(2, 'f2') + 0j, mixed=np.zeros(2, [('a', 'f8')])).items():
  np.savez(sys.argv[1] + k + '.npz', **{k: x})
np.savez(sys.argv[1] + 'object.npz', object=np.array([None]))`

test('what numpy writes is read, column-major and big-endian too, and other types are refused by name', t => {
  if (!has(t, 'numpy')) return
  t.is(python(saves, join(folder, '/')).status, 0)
  const a = tensor(
    Float64Array.from({ length: 24 }, (_, i) => i / 7),
    [2, 3, 4],
  )
  const turned = tensor(
    Float64Array.from({ length: 12 }, (_, i) => ((i % 3) * 4 + Math.floor(i / 3)) / 7),
    [4, 3],
  )
  const { a: low } = single({ a }) as { readonly a: Tensor }
  const small = { one: scalar(3.5), none: zeros([0, 2]), row: tensor([0, 1, 2]) }
  for (const file of ['np.npz', 'npc.npz'])
    same(t, readArrays(at(file)), { c: a, f: a, t: turned, big: a, single: low, bigger: low, ...small })
  for (const kind of ['int', 'wide', 'mixed', 'object'])
    refused(t, () => readArrays(at(`${kind}.npz`)), 'DomainError', new RegExp(`'${kind}' of .*is of type`))
})

test('safetensors of Python reads ours, and ours reads its own', t => {
  if (!has(t, 'numpy') || !has(t, 'safetensors.numpy')) return
  for (const dtype of ['f64', 'f32'] as const) {
    writeArrays(at('ours.safetensors'), plain, { dtype, metadata: { by: 'us' } })
    const copies = `
import sys
from safetensors.numpy import load_file, save_file
save_file(load_file(sys.argv[1]), sys.argv[2], metadata={'by': 'them'})`
    const copied = python(copies, at('ours.safetensors'), at('theirs.safetensors'))
    t.is(copied.status, 0, copied.stderr)
    same(t, readArrays(at('theirs.safetensors')), dtype === 'f64' ? plain : single(plain))
    t.deepEqual(readMetadata(at('theirs.safetensors')), { by: 'them' })
  }
})

const hears = `
import sys, json, numpy as np, torch
kind, layers, path, xs, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4]), sys.argv[5]
net = torch.nn.ModuleDict(dict(rnn=getattr(torch.nn, kind)(${n}, ${d}, layers), readout=torch.nn.Linear(${d}, ${m}))).double()
x = torch.tensor(xs, dtype=torch.float64)
hear = lambda: net['readout'](net['rnn'](x)[0]).tolist()
net.load_state_dict({k: torch.from_numpy(v) for k, v in np.load(path).items()})
ours = hear()
torch.manual_seed(3)
for p in net.parameters(): torch.nn.init.normal_(p)
np.savez(out, **{k: v.numpy() for k, v in net.state_dict().items()})
print(json.dumps([ours, hear()]))`

const largestDifference = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.flatMap((row, t) => row.map((x, i) => Math.abs(x - (b[t]?.[i] ?? Number.NaN)))))

for (const kind of names)
  for (const layers of [undefined, 2])
    test(`torch.nn.${modules[kind]} says what ${kind}${layers ? `, ${layers} deep,` : ''} says, with our weights and with its own`, t => {
      if (!has(t, 'numpy') || !has(t, 'torch')) return
      const { cell, θ } = network(kind, layers)
      const [ours, theirs] = [at(`${kind}${layers}.npz`), at(`torch${kind}${layers}.npz`)]
      writeArrays(ours, { ...toTorch(kind, θ, { prefix: 'rnn.' }), ...readoutToTorch(readout) })
      const xs = JSON.stringify(inputs.map(nested))
      const outputs = runPython(t, hears, modules[kind], `${layers ?? 1}`, ours, xs, theirs) as readonly number[][][]
      t.true(largestDifference(outputsOf(cell, θ, readout), outputs[0] ?? []) < 1e-12)
      const arrays = readArrays(theirs)
      const back = fromTorch(kind, arrays, { d, n, ...(layers && { layers }) } as never) as Branch
      t.true(largestDifference(outputsOf(cell, back, readoutFromTorch(arrays, { d, m })), outputs[1] ?? []) < 1e-12)
    })
