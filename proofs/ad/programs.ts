/** Random programs on symbols: their values and Jacobians, evaluated by mathjs, against the same programs on numbers. */
import { type Arbitrary, constantFrom, integer, letrec, oneof, record, tuple } from 'fast-check'
import { KindError } from '../../ad/errors.ts'
import type { Taped } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { jacfwd } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, cos, exp, mul, neg, sigmoid, sin, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { type Expression, identity, symbol } from '../../ad/symbols/expression.ts'
import { symbolic } from '../../ad/symbols/interpreter.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { byPulls, byPushes } from '../../nets/formulas/equations.ts'
import { assembled, eye, keyOf, worth } from '../arbitraries/matrices.ts'
import { quarters } from '../arbitraries/networks.ts'
import { type Worth, worthOf } from '../oracles/expressions.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

interface Program {
  readonly run: (W: Value, h: Value, x: Value) => Value
  readonly says: string
}
type Unary = readonly [name: string, f: (x: Value) => Value]
type Binary = readonly [name: string, f: (a: Value, b: Value) => Value]
const unary: readonly Unary[] = [
  ['neg', neg],
  ['tanh', tanh],
  ['sigmoid', sigmoid],
  ['sin', sin],
  ['cos', cos],
  ['exp∘tanh', x => exp(tanh(x))],
  ['1-', x => sub(1, x)],
  ['0.5·', x => mul(0.5, x)],
]
const binary: readonly Binary[] = [
  ['add', add],
  ['sub', sub],
  ['mul', mul],
]

/** Programs of a matrix and two vectors. */
const programs: Arbitrary<Program> = letrec<{ readonly p: Program }>(tie => ({
  p: oneof(
    { depthSize: 'small', maxDepth: 4, withCrossShrink: true },
    constantFrom<Program>({ run: (_, h) => h, says: 'h' }, { run: (_, __, x) => x, says: 'x' }),
    tuple(constantFrom(...unary), tie('p')).map(
      ([[name, f], p]): Program => ({
        run: (W, h, x) => f(p.run(W, h, x)),
        says: `${name}(${p.says})`,
      }),
    ),
    tuple(constantFrom(...binary), tie('p'), tie('p')).map(
      ([[name, f], p, q]): Program => ({
        run: (W, h, x) => f(p.run(W, h, x), q.run(W, h, x)),
        says: `${name}(${p.says}, ${q.says})`,
      }),
    ),
    tie('p').map(p => ({
      run: (W: Value, h: Value, x: Value) => matvec(W, p.run(W, h, x)),
      says: `W ${p.says}`,
    })),
  ),
})).p

const onList =
  ({ run }: Program) =>
  ([W, h, x]: readonly Value[]): Value =>
    run(W as Value, h as Value, x as Value)

interface Trial {
  readonly program: Program
  readonly d: number
  readonly pool: readonly number[]
}
/** Whether every vector in a product is still one: `W (x - x + 1)` has lost it, and is refused. */
const isWritable = (program: Program): boolean => {
  try {
    symbolically({ program, d: 2, pool: [] }, byPushes)
    symbolically({ program, d: 2, pool: [] }, byPulls)
    return true
  } catch (thrown) {
    if (thrown instanceof KindError) return false
    throw thrown
  }
}
const trials: Arbitrary<Trial> = record({
  program: programs.filter(isWritable),
  d: integer({ min: 2, max: 3 }),
  pool: quarters(15),
})

type Leaves = readonly Value[]
const widths = (d: number) => [d * d, d, d] as const
const leaves = ['W', 'h', 'x'] as const

/** A program on symbols, and its two Jacobians by pushes or by pulls. */
const symbolically = ({ program, d }: Trial, by: typeof byPushes) => {
  const symbols = symbolic()
  const value = (base: string, rank: number) =>
    symbols.value(symbol({ base, grade: rank === 2 ? 'matrix' : 'column' }), new Array<number>(rank).fill(d))
  const [W, h, x] = [value('W', 2), value('h', 1), value('x', 1)]
  const [out, map] = linearizePair((a: Leaves) => onList(program)(a), [W, h, x], [])
  return [symbols.expressionOf(out), by(symbols, map as Taped<Leaves, Value>)[0] as readonly Expression[]] as const
}

const tensors = ({ d, pool }: Trial): readonly Tensor[] => {
  const W = Array.from({ length: d }, (_, i) => pool.slice(i * d, (i + 1) * d))
  return [tensor(W), tensor(pool.slice(9, 9 + d)), tensor(pool.slice(12, 12 + d))]
}

const ofPrograms = (by: typeof byPushes, how: string): Proposition =>
  equation<Trial>({
    claim: `a random program on symbols and its Jacobians by ${how} are worth its value and jacfwd`,
    forAll: trials,
    sides: trial => {
      const { d, program } = trial
      const numbers = tensors(trial)
      const known = new Map<string, Worth>([
        [keyOf(identity), eye(d)],
        ...leaves.map((name, i) => [name, worth(numbers[i] as Tensor)] as const),
      ])
      const [value, jacobians] = symbolically(trial, by)
      const filled = (x: Expression, columns: number) => assembled([[worthOf(x, known)]], [d], [columns]).flat()
      const jacobian = jacfwd((a: readonly Value[]) => onList(program)(a))(numbers)
      return [
        [...filled(value, 1), ...jacobians.flatMap((x, i) => filled(x, widths(d)[i] as number))],
        [...entries(program.run(...(numbers as [Tensor, Tensor, Tensor]))), ...entries(jacobian)],
      ]
    },
    describe: ({ program }) => program.says,
    between: ['equations', 'engine'],
    within: 1e-9,
    verdict: 'holds',
    runs: 60,
  })

export const programClaims: readonly Proposition[] = [ofPrograms(byPushes, 'pushes'), ofPrograms(byPulls, 'pulls')]
