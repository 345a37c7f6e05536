/**
 * Builds the native product of this machine into native/build, where a C compiler is found (the one that CC names, else cc, gcc or
 * clang). Where none is, or it fails, nothing is built and nothing is said: WebAssembly multiplies.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, 'build', 'gemm.node')

/** What product.c is compiled for: the name, the bytes of a vector register, the rows of a tile. */
const levels = {
  x64: [
    { name: 'avx2', width: 32, rows: 4, flags: ['-mavx2', '-mfma'] },
    { name: 'avx512', width: 64, rows: 8, flags: ['-mavx512f', '-mfma'] },
  ],
  arm64: [{ name: 'neon', width: 16, rows: 8, flags: [] }],
}

const common = ['-O3', '-ffp-contract=fast', '-fno-math-errno', '-fno-stack-protector', '-fvisibility=hidden', '-Wall']

/** Node gives the functions of Node-API as the addon is loaded; but for them and memcpy it needs no library, on Linux none at all. */
const linking = {
  linux: ['-fPIC', '-shared', '-nostdlib'],
  darwin: ['-fPIC', '-shared', '-undefined', 'dynamic_lookup'],
  win32: ['-shared'],
}

/** Whether this is a platform that can be built for: { platform, arch } as Node names them. */
export const isKnown = ({ platform, arch }) => platform in linking && arch in levels

/** One object of product.c for each level and element type, and the addon over them, by a compiler; false where that fails. */
export const compile = ([compiler, ...first], { platform, arch }, out, last = []) => {
  const run = args => spawnSync(compiler, [...first, ...args], { cwd: here, stdio: 'ignore' }).status === 0
  const folder = dirname(out)
  mkdirSync(folder, { recursive: true })
  const shared = platform === 'win32' ? [] : ['-fPIC']
  const objects = levels[arch].flatMap(({ name, width, rows, flags }) =>
    ['double', 'float'].map(real => {
      const product = `${name}_f${real === 'double' ? 64 : 32}`
      const given = [`-DREAL=${real}`, `-DWIDTH=${width}`, `-DROWS=${rows}`, `-DPRODUCT=${product}`]
      return { object: join(folder, `${product}.o`), args: [...common, ...shared, ...flags, ...given] }
    }),
  )
  const built = objects.every(({ object, args }) => run([...args, '-c', 'product.c', '-o', object]))
  const files = objects.map(({ object }) => object)
  const linked = built && run([...common, ...linking[platform], '-s', 'addon.c', ...files, ...last, '-o', `${out}.new`])
  for (const file of files) rmSync(file, { force: true })
  if (linked) renameSync(`${out}.new`, out)
  return linked
}

const modified = path => statSync(path).mtimeMs
const isFresh = () =>
  existsSync(target) &&
  readdirSync(here).every(name => !/\.[ch]$|^build.mjs$/.test(name) || modified(join(here, name)) <= modified(target))

const build = () => {
  if (!isKnown(process) || isFresh()) return
  rmSync(target, { force: true })
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang']
  compilers.some(name => compile(name.split(' '), process, target))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build()
