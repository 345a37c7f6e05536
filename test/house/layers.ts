/**
 * The order of the house, in one table. A room may import from the rooms before it in its storey and from the storeys before
 * its own, and nothing else. test/house/linter.ts holds every import to it.
 */

/** A room: a folder of the storey, or files of its root. */
type Room = string | readonly string[]

interface Storey {
  readonly name: string
  readonly rooms: readonly Room[]
}

export const storeys: readonly Storey[] = [
  {
    name: 'ad',
    rooms: [
      [
        'errors',
        'describe',
        'guarded',
        'once',
        'format',
        'did-you-mean',
        'tensor',
        'value',
        'tree',
        'operation',
        'concrete',
        'distance',
        'finite',
        'moments',
        'require',
        'visible',
      ],
      'primitives',
      'modes',
      'linear',
      'compiler',
      'symbols',
      'formula',
      ['index'],
    ],
  },
  {
    name: 'nets',
    rooms: [
      ['random', 'loss', 'named', 'kinds'],
      'cells',
      ['network', 'sequence'],
      'run',
      'compiled',
      'workers',
      'train',
      'formulas',
      ['index'],
    ],
  },
  { name: 'rules', rooms: ['parts', ['*'], 'readings', ['index']] },
  {
    name: 'proofs',
    rooms: [['proposition', 'plain-network'], 'oracles', 'arbitraries', 'ad', 'nets', 'rules', 'errata', ['*']],
  },
  {
    name: 'src',
    rooms: [
      [
        'failure',
        'options',
        'latest',
        'wrap',
        'blas',
        'engine',
        'call-options',
        'own-file',
        'rule-named',
        'rule-choice',
        'bytes',
        'json',
        'digest',
      ],
      'weights',
      'training',
      'experiments',
      'statistics',
      'derive',
      ['symbols', 'models'],
      'display',
      'figures',
      'comparison',
      'sweeps',
      'audit',
      'reproductions',
      ['index'],
      'cases',
      'refute',
      'identify',
      'repl',
      'cli',
    ],
  },
]

/** Packages that belong to some rooms alone. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  mathjs: ['ad/symbols', 'ad/formula', 'proofs/oracles', 'src/repl'],
  'fast-check': ['proofs', 'test'],
  zod: ['src'],
  yaml: ['src/experiments', 'test'],
  canonicalize: ['src/experiments'],
  'hyparquet-writer': ['src/experiments'],
  hyparquet: ['test'],
  vega: ['src/figures'],
  'vega-lite': ['src/figures'],
  '@resvg': ['src/figures'],
  ava: ['test'],
  acorn: ['test/mutate'],
  'acorn-walk': ['test/mutate'],
}
