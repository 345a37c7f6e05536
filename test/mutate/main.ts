/**
 * How much the propositions see: changes ad/, nets/ and rules/ in one place at a time, and decides them. `npm run mutate`.
 * Options: --sample N mutants drawn by --seed S; --only ad/tensor.ts:12, or another beginning of a place, more than once if wished;
 * --jobs N tried at once; --slowest MS, the longest a proposition may take at five cases to be tried; --limit S, after how many
 * seconds more than ten times its time a proposition is held to hang: then the mutant is found; --tests N puts what no proposition
 * finds before the N nearest files of ava tests that reach it, too. Prints the score and what survives.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { rng } from '../../nets/random.ts'
import { type Mutant, makeCopy, surveyOnce } from './copy.ts'
import { withoutEquivalent } from './equivalent.ts'
import { surveyTests, type TestFile, testThatFinds } from './tests.ts'
import { candidates, type Effort, type Survey, survey, trials } from './trial.ts'

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [''] },
    jobs: { type: 'string', default: String(availableParallelism()) },
    tests: { type: 'string', default: '0' },
    slowest: { type: 'string', default: '2000' },
    limit: { type: 'string', default: '5' },
  },
})
const jobs = Number(values.jobs)
const nearest = Number(values.tests)
const effort: Effort = { slowest: Number(values.slowest), limit: Number(values.limit) }

const placeOf = ({ file, line }: Mutant): string => `${file}:${line}`
const show = (mutant: Mutant): string => `${placeOf(mutant)}\n  - ${mutant.original}\n  + ${mutant.mutated}`

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

/** Tries the mutants, several at once; says as it goes what has found each. */
const survivorsOf = async (
  mutants: readonly Mutant[],
  propositions: Survey,
  tests: readonly TestFile[],
): Promise<readonly Mutant[]> => {
  const survivors: Mutant[] = []
  const waiting = mutants.entries()
  const work = async (): Promise<void> => {
    const trying = trials(propositions, effort)
    for (const [i, mutant] of waiting) {
      const start = performance.now()
      const found =
        (await trying.killer(mutant.number)) ??
        (await testThatFinds(mutant.number, mutant.file, tests, effort, nearest))
      if (found === null) survivors.push(mutant)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      const fate = found ?? `SURVIVES: ${mutant.original} → ${mutant.mutated}`
      console.log(`${i + 1}/${mutants.length} ${placeOf(mutant)} ${seconds} s ${fate}`)
    }
    trying.end()
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return survivors.sort((a, b) => a.number - b.number)
}

const list = (title: string, mutants: readonly Mutant[]): void => {
  if (mutants.length > 0) console.log(`\n${title}\n${mutants.map(show).join('\n')}`)
}

const all = makeCopy()
const { counted, stale } = withoutEquivalent(all)
const sample = drawn(counted.filter(one => values.only.some(begin => placeOf(one).startsWith(begin))))
const propositions = await surveyOnce(survey)
const tests = nearest > 0 ? await surveyTests(jobs) : []
for (const { file } of tests.filter(({ passed }) => !passed))
  console.log(`left out, since it does not pass in the copy: ${file}`)
const survivors = await survivorsOf(sample, propositions, tests)
const isReached = ({ number }: Mutant): boolean =>
  candidates(number, propositions, effort).order.length > 0 || tests.some(({ reached }) => reached.includes(number))

list('Survivors', survivors.filter(isReached))
list(
  'Survivors that nothing tried reaches',
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
