import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'ava'
import katex from 'katex'
import { DomainError, JanusError, KindError, NameError } from '../../../ad/errors.ts'
import { spaceOf } from '../../../ad/linear/space.ts'
import { sigmoid } from '../../../ad/primitives/elementwise.ts'
import { slice } from '../../../ad/primitives/layout.ts'
import { argumentsOf } from '../../../ad/symbols/expression.ts'
import { text as notation, written } from '../../../ad/symbols/notation.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../../ad/tree.ts'
import type { Equations } from '../../../nets/formulas/equations.ts'
import { params } from '../../../nets/network.ts'
import { withNoise } from '../../../nets/run/noise.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { runGradient } from '../../../nets/run/scan.ts'
import { broadcastSize } from '../../../nets/run/transforms.ts'
import { worthOf } from '../../../proofs/oracles/expressions.ts'
import { bptt } from '../../../rules/bptt.ts'
import { kfrtrl } from '../../../rules/kfrtrl.ts'
import { sparsity } from '../../../rules/parts/sparsity.ts'
import { formerNames, ruleNames } from '../../../rules/registry.ts'
import { reverseKfrtrl } from '../../../rules/reverse-kfrtrl.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { snapPattern } from '../../../rules/snap.ts'
import { derivedNames, equationsFor } from '../../../src/derive/cells.ts'
import { identifier } from '../../../src/derive/code.ts'
import { documentOf } from '../../../src/derive/document.ts'
import { asTex, asText, asTypst } from '../../../src/derive/render.ts'
import { traitsOf } from '../../../src/derive/rule.ts'
import { rulesWithEquations } from '../../../src/derive/symbolic-rules.ts'
import { asTypeScript } from '../../../src/derive/typescript.ts'
import {
  type Cell,
  cells,
  chunked,
  decay,
  drtrl,
  type Example,
  eprop,
  example,
  halfSquaredError,
  kernl,
  matvec,
  network,
  randomFeedback,
  rflo,
  rng,
  snap,
  stacked,
  tanh,
  toValue,
  unroll,
  uoro,
  type Value,
} from '../../../src/index.ts'
import { orThrow } from '../../../src/options.ts'
import { namedRule } from '../../../src/rule-named.ts'
import { derive, cell as fromText, tex } from '../../../src/symbols.ts'
import { call } from '../../command.ts'
import { full } from '../../effort.ts'
import { root } from '../../root.ts'

/** A cell of one equation, one of gates, and one whose gates have two biases; by the full effort all. */
const names = full ? derivedNames : (['leaky', 'lstm', 'gru-pytorch'] as const)

test('a cell whose output has parameters of its own is refused', t => {
  t.throws(() => derive('lru-orvieto'), { instanceOf: KindError, message: /parameters of its own.*lru in place/ })
})

test('spiking units, whose slope is a surrogate, and outputs that join vectors are refused', t => {
  for (const name of ['lif', 'alif'])
    t.throws(() => derive(name), { instanceOf: KindError, message: /slope of a surrogate.*membrane/ })
  t.throws(() => derive('rtu'), { instanceOf: KindError, message: /joins two vectors.*lru/ })
  t.throws(() => derive('elstm'), { instanceOf: KindError, message: /parameters of its own/ })
})
const texts = [
  'h = tanh(W*h + V*x + b)',
  'a = 0.5*a + W*h; h = tanh(a ⊙ h + U*x + run)',
  // Names that are no names of TypeScript, or are its own, or those of the emitted code.
  'h₀ = tanh(Math*h₀ + V*x + h_0 + arguments + implements); interface = 0.5*interface + h₀ ⊙ total',
  'h = tanh(I_h*h + J_own*x + h_before + h_at + p_immediate + _)',
  'h = tanh(c⊙exp(-h^2)) + tanh(h)^3',
]

/** Rules with options of their own. */
const optioned = [
  ...['uoro(normalize=false, rho0=0.5, rho1=2)', 'uoro(order=marschall)', 'kfrtrl(normalize=false, rho1=3)'],
  ...['reverse-kfrtrl(normalize=false, rho0=0.5)', 'eprop(feedback=readout)'],
]
const readRule = (rule: string) => orThrow(namedRule(rule, { who: 'derive' }))
/** The rules that a cell has equations of; those with options of their own where they differ, of one cell or of stacks. */
const askedOf = (equations: Equations): readonly string[] => {
  const { drive, isOneLayer } = traitsOf(equations)
  const plain = rulesWithEquations.filter(rule => drive !== null || !rule.includes('kfrtrl'))
  return [...plain, ...optioned.filter(rule => (rule.startsWith('eprop') ? !isOneLayer : drive !== null))]
}

/** Every cell in one layer and in two, and cells from text, under every rule. */
const documents = [
  ...names.flatMap(name => [1, 2].map(layers => ({ name: name as string, layers }))),
  ...texts.map(name => ({ name, layers: 1 })),
].flatMap(({ name, layers }) => {
  const equations = equationsFor(name, layers)
  return askedOf(equations).map(rule => ({ name, layers, rule, sections: documentOf(equations, readRule(rule)) }))
})

/** Columns of a line: marks through and above letters take none. */
const widthOf = (line: string): number => [...line.replace(/\p{M}/gu, '')].length

const plain = (text: string): string => text.replaceAll('\u0336', '')
const artefacts = [
  / [+-] 0(?![.\w])/,
  /(?<![\d.\w[])1 (?=[\p{L}(])/u,
  /\bI [A-Z(]/,
  /--/,
  /\+ -/,
  /undefined|NaN|\[object/,
]

const wordless = (section: string): string => section.replace(/^ {2}\S+: .*(\n {4}.*)*/gm, '')

for (const layers of [1, 2])
  test(`every cell under every rule, in layers of ${layers}, is text of at most 80 columns without artefacts`, t => {
    for (const { name, rule, sections } of documents.filter(one => one.layers === layers)) {
      const text = asText(sections)
      for (const line of text.split('\n')) t.true(widthOf(line) <= 80, `${name} ${rule}: ${line}`)
      for (const pattern of artefacts) t.notRegex(wordless(plain(text)), pattern, `${name} ${rule}`)
      const defined = [...text.matchAll(/^ {2}(\S+) += /gm)].map(([, one]) => one)
      t.is(new Set(defined).size, defined.length, `${name} ${rule} defines a name twice`)
    }
  })

test('KaTeX reads the LaTeX of every cell under every rule, in one layer and in two, at its strictest', t => {
  // Rules share most sections: each is read once.
  const places = new Map(
    documents.flatMap(({ name, rule, sections }) => sections.map(one => [asTex([one]), `${name} ${rule}`] as const)),
  )
  for (const [source, place] of places)
    t.notThrows(
      () => katex.renderToString(source, { displayMode: true, output: 'mathml', strict: 'error', throwOnError: true }),
      place,
    )
})

/** Depth of brackets after each character, words in quotes left out; NaN where quotes do not close. */
const balance = (source: string): number => {
  const words = source.replace(/"[^"\n]*"/g, '')
  if (words.includes('"')) return Number.NaN
  let depth = 0
  for (const c of words) {
    depth += '([{'.includes(c) ? 1 : ')]}'.includes(c) ? -1 : 0
    if (depth < 0) return Number.NaN
  }
  return depth
}

test('the Typst of every cell under every rule is one display whose brackets and quotes close', t => {
  for (const { sections } of documents) {
    const source = asTypst(sections)
    t.regex(source, /^\$\n[^$]*\n\$$/)
    t.notRegex(source, /\p{Script=Greek}|\p{M}|[₀-₉]/u)
    for (const line of source.split('\n')) t.is(balance(line), 0, line)
  }
})

type Made = readonly [name: string, make: () => Cell<Branch, Branch>, cell: string, layers: number]
const alpha = 0.3
const subjects: readonly Made[] = [
  ...names.map((name): Made => [name, () => cells[name]({ alpha }), name, 1]),
  ...names.map(
    (name): Made => [`${name}x2`, () => stacked([cells[name]({ alpha }), cells[name]({ alpha })]) as never, name, 2],
  ),
  ...texts.map((text, i): Made => [`text${i}`, () => fromText(text) as never, text, 1]),
]

type Rows = readonly (readonly number[])[]
const rows = ({ shape, data }: Tensor): Rows => {
  const [height, width = 1] = shape as readonly [number, number?]
  return Array.from({ length: height }, (_, i) => [...data.slice(i * width, (i + 1) * width)])
}

/** A random network of a cell, run; and all that a rule may need. */
const setUp = (make: () => Cell<Branch, Branch>) => {
  const [d, n, m] = [3, 2, 2]
  const net = network(make(), { d, n, m }, halfSquaredError())
  const random = rng(5)
  const draw = (shape: readonly number[]): Tensor => random.draw({ law: 'normal', shape }) as Tensor
  const drawn = <A extends Branch>(tree: A): A =>
    rebuild(
      tree,
      leavesOf(tree).map(leaf => draw(leaf.shape)),
    )
  const first = params(net, random)
  const θ = { ...first, cell: drawn(first.cell), readout: drawn(first.readout) }
  const data = Array.from({ length: 5 }, () => example(draw([n]), draw([m])))
  const run = unroll(net)(θ, data)
  const states = spaceOf(run[0].after).size
  const ξ = random.draw({ law: 'sign', shape: [data.length, states] }) as Tensor
  return {
    net,
    θ,
    data,
    run: withNoise(run, ξ),
    twoSigns: withNoise(run, slice(ξ, 0, 2, 1)),
    states,
    ξ,
    B: draw([broadcastSize(net), m]),
    near: draw([d, m]),
    A: draw([states, states]),
    γ: sigmoid(draw([states])) as Tensor,
  }
}
type Setting = ReturnType<typeof setUp>

/** The rules that run, for a setting. */
const rules: { readonly [rule: string]: (s: Setting) => AnyRule } = {
  bptt: () => bptt,
  tbptt: () => chunked({ k: 2 })(bptt),
  'random-feedback': ({ near }) => randomFeedback({ feedback: near }),
  rtrl: () => rtrl,
  rflo: ({ B }) => rflo({ feedback: B }),
  eprop: ({ B }) => eprop(B.shape[0] === 3 ? {} : { feedback: B }),
  'eprop(feedback=readout)': () => eprop({ feedback: 'readout' }),
  drtrl: () => drtrl,
  decay: () => decay({ lambda: 0.7 }),
  snap: () => snap({ n: 1, mask: 'strict' }),
  kernl: ({ A, γ }) => kernl({ A, gamma: γ }),
  uoro: () => uoro(),
  kfrtrl: () => kfrtrl(),
  'reverse-kfrtrl': () => reverseKfrtrl(),
  'uoro(normalize=false, rho0=0.5, rho1=2)': () => uoro({ normalize: false, rho0: 0.5, rho1: 2 }),
  'uoro(order=marschall)': () => uoro({ order: 'marschall' }),
  'kfrtrl(normalize=false, rho1=3)': () => kfrtrl({ normalize: false, rho1: 3 }),
  'reverse-kfrtrl(normalize=false, rho0=0.5)': () => reverseKfrtrl({ normalize: false, rho0: 0.5 }),
}

const byEngine = (rule: string, setting: Setting): readonly number[] => {
  const made = rules[rule] as (typeof rules)[string]
  const run = rule.startsWith('kfrtrl') ? setting.twoSigns : setting.run
  return [...(toValue(runGradient(made(setting))(run)) as Tensor).data]
}

/** Parameters by their names in a module: a layer is a subscript. */
const byName = (tree: Branch, path: readonly string[] = []): { readonly [name: string]: Rows } =>
  Object.assign(
    {},
    ...Object.entries(tree).map(([name, leaf]) => {
      const layer = path.map(one => one.replace(/^layer/, '')).join('_')
      const word = identifier({ base: name, grade: 'matrix' })
      return 'data' in leaf
        ? { [layer ? `${word}_${layer}` : word]: rows(leaf as Tensor) }
        : byName(leaf as Branch, [...path, name])
    }),
  )

type Module = { readonly gradient: (...args: readonly unknown[]) => { total: number[]; W_out: Rows; b_out: number[] } }

const byModule = ({ gradient }: Module, rule: string, setting: Setting): readonly number[] => {
  const { net, θ, data, run, states, ξ, B, near, A, γ } = setting
  const size = leavesOf(θ.cell).reduce((sum, leaf) => sum + (leaf as Tensor).data.length, 0)
  const reach = rule === 'snap' ? snapPattern(1, sparsity(net), 'strict').columns : []
  const R_n = Array.from({ length: states }, (_, i) =>
    Array.from({ length: size }, (_, j) => +(reach[j]?.includes(i) ?? false)),
  )
  const logitError = (logits: Rows, t: number) => [
    logits.map(([v = 0], i) => v - ((data[t] as Example).target as Tensor).data[i]!),
  ]
  const extra = {
    ...{ α: alpha, λ: 0.7, B: rows(rule === 'random-feedback' ? near : B), R_n, A: rows(A), γ: rows(γ) },
    ...{ κ_at: (t: number) => +(t % 2 !== 0), ξ_at: (t: number) => (rows(ξ)[t] as readonly number[]).map(x => [x]) },
    ...{ ξ_1_at: (t: number) => rows(ξ)[t]![0]!, ξ_2_at: (t: number) => rows(ξ)[t]![1]! },
  }
  const θs = { ...byName(θ.cell), ...byName(θ.readout) }
  const inputs = data.map(({ x }) => rows(x as Tensor))
  const { total, W_out, b_out } = gradient(θs, byName(run[0].after), inputs, logitError, extra)
  return [...total, ...W_out.flat(), ...b_out]
}

const fileOf = (name: string, rule: string): string => `${name}-${rule.replace(/[^\w.]+/g, '_')}`
const compiled = mkdtempSync(join(tmpdir(), 'derive-'))
test.before(t => {
  t.timeout(240_000)
  mkdirSync(join(compiled, 'js'))
  for (const [name, , cell, layers] of subjects) {
    const equations = equationsFor(cell, layers, 'tanh')
    for (const rule of askedOf(equations))
      writeFileSync(join(compiled, `${fileOf(name, rule)}.ts`), asTypeScript(equations, name, readRule(rule)))
  }
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc')
  const settings = {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: 'es2022',
    lib: ['es2022'],
    module: 'esnext',
    types: [],
    outDir: 'js',
  }
  writeFileSync(join(compiled, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, include: ['*.ts'] }))
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }')
  try {
    execFileSync(process.execPath, [tsc, '-p', compiled], { encoding: 'utf8' })
  } catch (thrown) {
    throw new Error((thrown as { stdout: string }).stdout.slice(0, 2000))
  }
})
test.after.always(() => rmSync(compiled, { recursive: true }))

for (const [name, make, cell, layers] of subjects)
  test(`the TypeScript of ${name} compiles under strict, and gives the engine's gradient by every rule`, async t => {
    const setting = setUp(make)
    for (const rule of askedOf(equationsFor(cell, layers, 'tanh'))) {
      const module = (await import(pathToFileURL(join(compiled, 'js', `${fileOf(name, rule)}.js`)).href)) as Module
      const [mine, ours] = [byModule(module, rule, setting), byEngine(rule, setting)]
      t.is(mine.length, ours.length, rule)
      const size = Math.max(1, ...ours.map(Math.abs))
      const far = Math.max(...mine.map((x, i) => Math.abs(x - (ours[i] as number)) / size))
      t.true(far <= 1e-12, `${rule}: ${far}`)
    }
  })

test('a cell without parameters has equations, and TypeScript that compiles, under every rule', t => {
  for (const cell of ['h = h', 'h = h^2', 'h = -h', 'a = h; h = tanh(a)', 'h = alpha*h'])
    for (const rule of rulesWithEquations.filter(rule => !rule.includes('kfrtrl'))) {
      t.regex(plain(derive(cell, { rule })).normalize('NFD'), /P\u0303ₜ\s+= 0\n/u, `${cell} ${rule}`)
      for (const as of ['tex', 'typst', 'ts']) t.notThrows(() => derive(cell, { rule, as }), `${cell} ${rule} ${as}`)
    }
  t.regex(derive('h = h', { as: 'ts' }), /const params = 0\n/)
})

test('no two names of a cell become one name in code', t => {
  const written = ['h₀', 'h_0', 'h0', 'Math', 'total', 'h_before', 'h_after', 'x', 'x₁', 'I_h', 'I', '_', '__proto__']
  const named = written.map(base => identifier({ base, grade: 'column' }))
  t.is(new Set(named).size, named.length)
  for (const name of named) t.regex(name, /^[\p{ID_Start}_][\p{ID_Continue}$]*$/u)
  t.false(named.includes(identifier({ base: 'h', grade: 'column', time: -1 })))
})

test('the equations of leaky under RTRL are these', t => {
  t.is(`${derive('leaky', { rule: 'rtrl' })}\n`, readFileSync(join(root, 'test/src/derive/leaky-rtrl.txt'), 'utf8'))
})

test('RFLO has the third term of RTRL struck out, and no other but the true error', t => {
  const text = derive('leaky', { rule: 'rflo' })
  const struck = [...text.matchAll(/(?:.\u0303?\u0336)+/gu)].map(([part]) =>
    part.normalize('NFD').replaceAll('\u0336', ''),
  )
  t.true(struck.includes('Dₜ W_rec Pₜ₋₁'), JSON.stringify(struck))
  t.true(struck.includes("α f'(uₜ[k]) Σ_i W_rec[k,i] Pₜ₋₁[i,a,j]"))
  t.is(struck.length, 5, JSON.stringify(struck))
  const exact = derive('leaky', { rule: 'rtrl' })
  t.false(exact.includes('\u0336'))
  const recursion = (s: string): string => plain(/^ {2}Pₜ\[.*\n.*$/m.exec(s)?.[0] ?? '').replace(/\s+/g, ' ')
  for (const term of ["α f'(uₜ[k]) Σ_i W_rec[k,i] Pₜ₋₁[i,a,j]", '(1 - α) Pₜ₋₁[k,a,j]', "1[k=a] α f'(uₜ[a]) zₜ[j]"])
    t.true(recursion(text).includes(term) && recursion(exact).includes(term), term)
})

/** One line of equations of a document, by its left side. */
const rightOf = (sections: ReturnType<typeof documentOf>, left: string) =>
  sections.flatMap(({ lines }) => lines).find(line => written(notation)(line.left) === left)?.right

test('the LSTM under BPTT is what textbooks have, gate by gate', t => {
  const equations = equationsFor('lstm')
  const sections = documentOf(equations, { name: 'bptt' })
  const random = rng(3)
  const draw = (...shape: readonly number[]): Tensor => random.draw({ law: 'normal', shape }) as Tensor
  const known = new Map<string, Rows | number>([
    [
      'identity',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    ...equations.params.map(
      ({ name, shape }) =>
        [name.toString(), rows(draw(...shape.map((n, i) => (i === 0 ? 2 : n === 3 ? 2 : 3))))] as const,
    ),
    ...['h@-1', 'c@-1'].map(name => [name, rows(draw(2))] as const),
    ['x@0', rows(draw(3))],
    ...['δ^h@0', 'δ^c@0'].map(name => [name, [[...draw(2).data]]] as const),
  ])
  for (const { name, is } of equations.definitions) known.set(name.toString(), worthOf(is, known) as Rows)
  const list = (name: string): readonly number[] => (known.get(name) as Rows).flat()
  const [h, c, x, now] = ['h@-1', 'c@-1', 'x@0', 'c@0'].map(list) as [number[], number[], number[], number[]]
  const [f, i, o, g] = ['f@0', 'i@0', 'o@0', 'g@0'].map(list) as [number[], number[], number[], number[]]
  const [dh, later] = ['δ^h@0', 'δ^c@0'].map(list) as [number[], number[]]
  const each = (k: (u: number) => number): readonly number[] => [0, 1].map(k)
  const dc = each(u => later[u]! + dh[u]! * o[u]! * (1 - Math.tanh(now[u]!) ** 2))
  const da: { readonly [gate: string]: readonly number[] } = {
    f: each(u => dc[u]! * c[u]! * f[u]! * (1 - f[u]!)),
    i: each(u => dc[u]! * g[u]! * i[u]! * (1 - i[u]!)),
    o: each(u => dh[u]! * Math.tanh(now[u]!) * o[u]! * (1 - o[u]!)),
    g: each(u => dc[u]! * i[u]! * (1 - g[u]! ** 2)),
  }
  for (const [k, a] of Object.entries(da))
    for (const [parameter, input] of [
      [`W_h${k}`, h],
      [`W_x${k}`, x],
      [`b_${k}`, [1]],
    ] as const) {
      const right = rightOf(sections, `∂L/∂${parameter}`)!
      const found = worthOf(argumentsOf(right, 'over')![0]!, known) as Rows
      const gap = Math.max(...a.flatMap((one, u) => input.map((z, j) => Math.abs(one * z - found[u]![j]!))))
      t.true(gap < 1e-14, `${parameter}: ${gap}`)
    }
})

test('a rule of the registry whose step is more than products and sums is refused, and its page named', t => {
  const others = ruleNames.filter(name => !rulesWithEquations.includes(name))
  t.is(others.length, ruleNames.length - rulesWithEquations.length)
  for (const rule of ['ok', 'bplambda', 'sketch', 'diagonal'] as const) t.true(others.includes(rule))
  for (const rule of others) {
    const error = t.throws(() => derive('leaky', { rule }), { instanceOf: KindError }) as JanusError
    t.regex(error.message, /branches, roots or a synthesiser: bptt, tbptt/)
    t.true(error.remedy.includes(`docs/rules/${rule}.md`))
    t.true(existsSync(join(root, `docs/rules/${rule}.md`)), rule)
  }
})

test('Kronecker factors have equations of those cells that have them, and of no others', t => {
  for (const [name, make, cell, layers] of subjects) {
    const hasDrive = traitsOf(equationsFor(cell, layers, 'tanh')).drive !== null
    const run = () => runGradient(kfrtrl())(setUp(make).twoSigns)
    if (hasDrive) t.notThrows(run, name)
    else t.throws(() => derive(cell, { rule: 'kfrtrl', layers }), { instanceOf: KindError, message: /one drive/ }, name)
  }
  t.regex(derive('leaky', 'kfrtrl'), /zₜ += \[hₜ₋₁; xₜ; 1\]/)
  t.throws(() => derive('leaky', 'uoro(k=3)'), { message: /a draw at every step/ })
})

test('a rule may be called by its word of version 0.1.0', t => {
  t.is(derive('leaky', { rule: 'randomfeedback' }), derive('leaky', { rule: 'random-feedback' }))
  for (const [old, name] of Object.entries(formerNames)) {
    const derived = (rule: string) => {
      try {
        return derive('leaky', rule)
      } catch (thrown) {
        return (thrown as JanusError).message
      }
    }
    t.is(derived(old), derived(name))
  }
})

test('wrong options are errors that say what to do', t => {
  const wrong = (run: () => unknown, kind: new (...args: never[]) => Error, says: RegExp) => {
    const error = t.throws(run, { instanceOf: JanusError }) as JanusError
    t.true(error instanceof kind, error.message)
    t.regex(error.message, says)
    for (const part of [error.who, error.given, error.wanted, error.remedy]) t.true(part.length > 0)
  }
  wrong(() => derive('leeky'), NameError, /Did you mean `leaky`\?/)
  wrong(() => derive('leaky', { rule: 'rtlr' }), NameError, /Did you mean `rtrl`\?/)
  wrong(() => derive('leaky', { as: 'latex' }), NameError, /text, tex, typst, ts/)
  for (const layers of [0, 1.5, 17, Number.NaN]) wrong(() => derive('leaky', { layers }), DomainError, /from 1 to 16/)
  wrong(() => derive('h = tanh(B*h + V*x)', { rule: 'rflo' }), NameError, /the name B/)
  wrong(() => derive('h = tanh(P*h + V*x)', { as: 'ts' }), NameError, /the name P/)
  wrong(() => derive('h = tanh(W*h + * x)'), JanusError, /column 16/)
  wrong(() => tex('h = tanh('), JanusError, /column \d+/)
  wrong(() => tex(3 as never), KindError, /a text, a function of values/)
})

test('on the command line a wrong derivation is one line and exit code 2', async t => {
  for (const args of [['leeky'], ['leaky', '--layers', '0'], ['leaky', '--rule', 'ok'], ['leaky', '--as', 'word']]) {
    const { code, out, err } = await call('derive', ...args)
    t.deepEqual([code, out], [2, ''], args.join(' '))
    t.is(err.trim().split('\n').length, 1, err)
  }
  const { code, out } = await call('derive', 'leaky', '--rule', 'rflo')
  t.is(code, 0)
  t.is(out.trimEnd(), derive('leaky', { rule: 'rflo' }))
})

test('an exponent is written as it is, a number or not', t => {
  t.is(tex('h = c^b'), 'h = {c}^{b}')
  t.is(tex('c^-b'), '{c}^{-b}')
  t.is(tex('2^(a + b)'), '{2}^{a + b}')
  t.is(tex('a^b^c', 'text'), 'a^(bᶜ)')
  t.is(tex('c^(a+b)', 'text'), 'c^(a + b)')
  t.is(tex('c^(a+b)', 'typst'), 'c^(a + b)')
  t.is(tex('h^-2'), '{h}^{-2}')
})

test('digits below the line are an index in every form', t => {
  t.is(tex('h₀ = x₁₂'), 'h_{0} = x_{12}')
  t.is(tex('h₀ = x₁', 'typst'), 'h_(0) = x_(1)')
})

test('formulas and functions of values are written as LaTeX', t => {
  const W = 'W, h, x'
  t.is(tex('tanh(W*h)'), '\\tanh\\left(W h\\right)')
  t.is(tex('h = (1-alpha)*h + alpha*tanh(W*h)'), 'h = \\left(1 - \\alpha\\right) h + \\alpha \\tanh\\left(W h\\right)')
  t.is(
    tex((W: Value, h: Value) => tanh(matvec(W, h))),
    '\\tanh\\left(W h\\right)',
    W,
  )
  t.is(
    tex((W: Value, h: Value) => tanh(matvec(W, h)), 'text'),
    'tanh(W h)',
  )
  t.notThrows(() => katex.renderToString(tex('h = sigmoid(W_hh*h + b_1) .* x.^2'), { strict: 'error' }))
})

test('the lines of equations that docs/symbols.md quotes are what is printed', t => {
  const printed = ['rtrl', 'rflo'].flatMap(rule => derive('leaky', { rule }).split('\n'))
  for (const page of ['docs/symbols.md']) {
    const block =
      /```text\n\$ janus derive leaky[^\n]*\n([\s\S]*?)```/.exec(readFileSync(join(root, page), 'utf8'))?.[1] ?? ''
    const lines = block.split('\n').filter(line => /[=≈]/.test(line))
    t.true(lines.length >= 4, page)
    for (const line of lines) t.true(printed.includes(line), `${page}: ${line}`)
  }
})
