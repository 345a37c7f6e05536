/** Lines as they stand in files, made lines of a prompt: imports of what is in scope, and names that are defined again. */

const whole = /^\s*import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"]janusgrad(?:\/[\w-]+)?['"]\s*;?\s*$/
const namespace = /^\s*import\s+\*\s+as\s+([\w$]+)\s+from\s*['"](janusgrad(?:\/[\w-]+)?)['"]\s*;?\s*$/
const openImport = /^\s*import\s+(?:type\s+)?\{[^}]*$/

/** Whether code is the beginning of an import whose names go on in the next line. */
export const isBegun = (code: string): boolean => openImport.test(code)

/** `rtrl as mine` of an import, as a definition. */
const renamed = (name: string): readonly string[] => {
  const [, from, to] = name.trim().match(/^(\S+)\s+as\s+(\S+)$/) ?? []
  return from && to ? [`var ${to} = ${from};`] : []
}

/**
 * Code for the prompt: an import of names of janusgrad does nothing, since they are in scope, but for those that it renames; `const`
 * and `let` at the beginning of a line are `var`, and a class is one's value, so that a name can be defined again; `export` goes.
 */
export const pasted = (code: string): string => {
  const names = code.match(whole)?.[1]
  if (names !== undefined) return `${names.split(',').flatMap(renamed).join(' ')}\n`
  const [, all, entry] = code.match(namespace) ?? []
  if (all && entry) return `var ${all} = await import(${JSON.stringify(import.meta.resolve(entry))});\n`
  return code
    .replace(/^export\s+(?=(?:const|let|var|class|function|async)\s)/gm, '')
    .replace(/^(?:const|let)(?=\s)/gm, 'var')
    .replace(/^class\s+([\w$]+)/gm, 'var $1 = class $1')
}
