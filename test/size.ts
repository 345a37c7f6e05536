/**
 * Counts the code, folder by folder, beside the last commit's: lines that are neither blank nor comment, files, exports, the longest
 * top-level declaration, and casts that the compiler cannot check (`as unknown as`, `as never`, `!`). `npm run size`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname
const folders = ['ad', 'nets', 'rules', 'proofs', 'src', 'test'] as const

/** What is counted of a folder. */
interface Size {
  readonly lines: number
  readonly files: number
  readonly exports: number
  /** Lines of the longest top-level declaration. */
  readonly longest: number
  readonly casts: number
}

const isComment = (line: string): boolean => /^\s*($|\/\/|\/\*|\*)/.test(line)

/** The lengths of the declarations that begin in the first column. */
const declarations = (lines: readonly string[]): readonly number[] =>
  lines.flatMap((line, from) => {
    if (!/^(export )?(async )?(const|function|class)\b/.test(line)) return []
    const rest = lines.slice(from + 1)
    const next = rest.findIndex(later => /^\S/.test(later) && !/^[)}\]]/.test(later))
    const body = next < 0 ? rest : rest.slice(0, next)
    return [1 + body.filter(later => !isComment(later)).length]
  })

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

const sizeOf = (texts: readonly string[]): Size => {
  const code = texts.map(text => text.split('\n').filter(line => !isComment(line)))
  const all = code.map(lines => lines.join('\n')).join('\n')
  return {
    lines: code.reduce((sum, lines) => sum + lines.length, 0),
    files: texts.length,
    exports: count(all, /^export (?!type\b|interface\b|\{|\*)/gm),
    longest: Math.max(0, ...texts.flatMap(text => declarations(text.split('\n')))),
    casts: count(all, /\bas unknown as\b|\bas never\b|[\w)\]]!(?=[.[,;)\s]|$)(?!=)/gm),
  }
}

const sources = (base: string, folder: string): readonly string[] =>
  readdirSync(join(base, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && name !== join('compiler', 'binaries.ts'))
    .map(name => readFileSync(join(base, folder, name), 'utf8'))

/** Every folder of the last commit; null where there is no git, or no commit. */
const committed = (): ReadonlyMap<string, Size> | null => {
  const base = mkdtempSync(join(tmpdir(), 'janusgrad-size-'))
  try {
    const archive = execFileSync('git', ['archive', 'HEAD', ...folders], {
      cwd: root,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    execFileSync('tar', ['-x', '-C', base], { input: archive })
    return new Map(folders.map(folder => [folder, sizeOf(sources(base, folder))]))
  } catch {
    return null
  } finally {
    rmSync(base, { recursive: true })
  }
}

const columns = ['lines', 'files', 'exports', 'longest', 'casts'] as const
const before = committed()
const cell = (now: number, then: number | undefined): string => {
  const change = then === undefined || now === then ? '' : ` ${now > then ? '+' : '-'}${Math.abs(now - then)}`
  return `${now}${change}`.padStart(13)
}

console.log(`${''.padEnd(8)}${columns.map(name => name.padStart(13)).join('')}`)
for (const folder of folders) {
  const [now, then] = [sizeOf(sources(root, folder)), before?.get(folder)]
  console.log(`${folder.padEnd(8)}${columns.map(name => cell(now[name], then?.[name])).join('')}`)
}
console.log(before ? 'beside the last commit' : 'no commit to compare with')
