/**
 * How much the propositions see: changes ad/, nets/ and rules/ in one place at a time, and decides them. `npm run mutate`.
 * Options: --sample N mutants drawn by --seed S; --only ad, or another beginning of a file's name; --slowest MS, the longest a
 * proposition may take at five cases to be tried; --tests puts what no proposition finds before the ava tests
 * of its storey, too. Prints the score and what survives.
 */
import { parseArgs } from 'node:util'
import { rng } from '../../nets/random.ts'
import { fingerprint, keepBaseline, keptBaseline, type Mutant, makeCopy } from './copy.ts'
import { withoutEquivalent } from './equivalent.ts'
import { passesTests, passUnmutated } from './tests.ts'
import { candidates, type Survey, survey, trials } from './trial.ts'

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    tests: { type: 'boolean', default: false },
    slowest: { type: 'string', default: '2000' },
  },
})

const surveyed = async (): Promise<Survey> => {
  const mark = fingerprint()
  const kept = keptBaseline<Survey>(mark)
  if (kept) return kept
  console.log('deciding every proposition without a mutant, to see which reach what')
  const found = await survey()
  keepBaseline(mark, found)
  return found
}

const show = ({ file, line, original, mutated }: Mutant): string => `${file}:${line}\n  - ${original}\n  + ${mutated}`

/** As many of the mutants as are asked for, drawn without return, in the order of the files. */
const drawn = (mutants: readonly Mutant[]): readonly Mutant[] => {
  const stream = rng(Number(values.seed))
  return mutants
    .map(mutant => ({ mutant, draw: stream.uniform() }))
    .sort((a, b) => a.draw - b.draw)
    .slice(0, values.sample === undefined ? mutants.length : Number(values.sample))
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.number - b.number)
}

/** Tries each mutant; says as it goes what has found it. */
const survivorsOf = async (mutants: readonly Mutant[], known: Survey): Promise<readonly Mutant[]> => {
  const trying = trials(known, Number(values.slowest))
  const survivors: Mutant[] = []
  for (const [i, mutant] of mutants.entries()) {
    const start = performance.now()
    const found =
      (await trying.killer(mutant.number)) ??
      (values.tests && !passesTests(mutant.number, mutant.file) ? 'a test' : null)
    if (found === null) survivors.push(mutant)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`${i + 1}/${mutants.length} ${mutant.file}:${mutant.line} ${seconds} s ${found ?? 'SURVIVES'}`)
  }
  trying.end()
  return survivors
}

const list = (title: string, mutants: readonly Mutant[]): void => {
  if (mutants.length > 0) console.log(`\n${title}\n${mutants.map(show).join('\n')}`)
}

const all = makeCopy()
const { counted, stale } = withoutEquivalent(all)
const sample = drawn(counted.filter(({ file }) => file.startsWith(values.only)))
if (values.tests && !passUnmutated())
  throw new Error('the tests do not pass in the copy without a mutant: mend them first')
const known = await surveyed()
const survivors = await survivorsOf(sample, known)
const isReached = ({ number }: Mutant): boolean => candidates(number, known, Number(values.slowest)).order.length > 0

list('Survivors', survivors.filter(isReached))
list(
  'Survivors that no proposition tried reaches',
  survivors.filter(mutant => !isReached(mutant)),
)
for (const { file, source } of stale)
  console.log(`equivalent.json lists what is no mutant any more: ${file}: ${source}`)
const killed = sample.length - survivors.length
const score = ((100 * killed) / Math.max(1, sample.length)).toFixed(1)
console.log(
  `\n${all.length} mutants, ${all.length - counted.length} of them equivalent; tried ${sample.length}, seed ${values.seed}: ` +
    `${killed} found, ${survivors.length} survive, ${survivors.filter(m => !isReached(m)).length} of these unreached. Score ${score} %.`,
)
