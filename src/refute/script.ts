/** A counterexample as a script that anyone can run who has the package: both gradients, printed. */
import { nested, type Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'

/** A rule as code: an expression, and what must be imported for it. */
export interface Code {
  readonly import?: string
  readonly rule: string
}

/** What a script is of. */
export interface ScriptOf {
  readonly command: string
  /** The cell as code. */
  readonly cell: string
  readonly rules: readonly (readonly [name: string, code: Code])[]
  readonly seed: number
}

const literal = (tree: Branch): string =>
  `{ ${Object.entries(tree)
    .map(
      ([name, leaf]) =>
        `${name}: ${isValue(leaf) ? `tensor(${JSON.stringify(nested(leaf as Tensor))})` : literal(leaf as Branch)}`,
    )
    .join(', ')} }`

const listed = (values: readonly unknown[]): string => JSON.stringify(values.map(x => nested(x as Tensor)))

/** The script. */
export const scriptOf = ({ net, θ, sequence }: Problem, { command, cell, rules, seed }: ScriptOf): string => {
  const { d, n, m } = net.sizes
  return [
    `// ${command}`,
    "import * as janus from 'janusgrad'",
    ...rules.flatMap(([, code]) => code.import ?? []),
    '',
    'const { tensor } = janus',
    `const net = janus.network(${cell}, { d: ${d}, n: ${n}, m: ${m} }, janus.halfSquaredError(), { start: 'learned' })`,
    `const θ = ${literal(θ)}`,
    `const data = janus.sequence(${listed(sequence.map(({ x }) => x))}, ${listed(sequence.map(({ target }) => target))})`,
    '',
    ...rules.flatMap(([name, code]) => [
      `console.log(${JSON.stringify(name)}, ...Object.entries(janus.gradient(${code.rule}, net, { engine: 'eager', seed: ${seed} })(θ, data).cell)`,
      '  .map(([name, { data }]) => [name, ...data].join(" ")))',
    ]),
    '',
  ].join('\n')
}
