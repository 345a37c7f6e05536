/**
 * Builds the native product for every platform with a cross-compiler, one package each under native/packages, and prints what the
 * package's manifest is then given: exact optional dependencies, of which npm installs the one that fits. Publishes nothing.
 * `node native/release.mjs [zig]`: the command of Zig, whose `cc` is Clang with the libraries of all platforms.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from './build.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Platforms as Node names them, and as Zig does; on Linux one build serves every C library. */
const targets = [
  { platform: 'linux', arch: 'x64', target: 'x86_64-linux-gnu' },
  { platform: 'linux', arch: 'arm64', target: 'aarch64-linux-gnu' },
  { platform: 'darwin', arch: 'x64', target: 'x86_64-macos' },
  { platform: 'darwin', arch: 'arm64', target: 'aarch64-macos' },
  { platform: 'win32', arch: 'x64', target: 'x86_64-windows-gnu', machine: 'i386:x86-64' },
  { platform: 'win32', arch: 'arm64', target: 'aarch64-windows-gnu', machine: 'arm64' },
]

/** On Windows the functions of Node-API are imported from node.exe by name: a library that says so, made from addon.c's list. */
const importLibrary = (zig, folder, machine) => {
  const names = [...readFileSync(join(here, 'addon.c'), 'utf8').matchAll(/^FROM_NODE \w+ (\w+)\(/gm)].map(
    ([, name]) => name,
  )
  const [definition, library] = ['node.def', 'node.lib'].map(name => join(folder, name))
  writeFileSync(definition, ['NAME node.exe', 'EXPORTS', ...names, ''].join('\n'))
  const { status } = spawnSync(zig[0], [...zig.slice(1), 'dlltool', '-m', machine, '-d', definition, '-l', library])
  rmSync(definition)
  if (status !== 0) throw new Error(`${zig.join(' ')} dlltool makes no library for ${machine}: is it Zig?`)
  return library
}

const manifestOf = (name, { platform, arch }) => ({
  name,
  version,
  description: `The matrix product of janusgrad for ${platform} on ${arch}.`,
  license,
  os: [platform],
  cpu: [arch],
  main: 'gemm.node',
  files: ['gemm.node'],
})

const packageOf = (zig, { target, machine, ...of }) => {
  const name = `@janusgrad/gemm-${of.platform}-${of.arch}`
  const folder = join(here, 'packages', `gemm-${of.platform}-${of.arch}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const libraries = machine ? [importLibrary(zig, folder, machine)] : []
  const built = compile([...zig, 'cc', '-target', target], of, join(folder, 'gemm.node'), libraries)
  for (const library of [...libraries, join(folder, 'addon.lib')]) rmSync(library, { force: true })
  if (!built) throw new Error(`${name} was not built: ${zig.join(' ')} cc -target ${target} fails on native/`)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(name, of), null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  return [name, version]
}

const zig = process.argv.length > 2 ? process.argv.slice(2) : ['zig']
const packages = targets.map(target => packageOf(zig, target))
console.log(JSON.stringify({ optionalDependencies: Object.fromEntries(packages) }, null, 2))
