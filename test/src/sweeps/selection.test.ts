import test from 'ava'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { variables } from '../../../src/sweeps/scheduler.ts'
import { type Asked, selectionOf } from '../../../src/sweeps/selection.ts'

const ids = ['3f2a', '3f2b', '07c1', '9d00', 'aa11']
const chosen = (asked: Asked, environment: Readonly<Record<string, string>> = {}) => {
  const found = selectionOf(ids, asked, environment)
  return E.isRight(found) ? found.right : found.left.map(({ message }) => message).join('\n')
}
const all = [0, 1, 2, 3, 4]

test('with neither a flag nor an index, or outside of an array, every run is meant', t => {
  t.deepEqual(chosen({}), { positions: all, by: '' })
  const outside = { SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '0', SLURM_ARRAY_TASK_ID: '', SLURM_JOB_ID: '7' }
  t.deepEqual(chosen({}, outside), { positions: all, by: '' })
})

test('every variable of a scheduler names a position, from a base', t => {
  t.is(variables.length, 6)
  for (const { name } of variables) {
    t.deepEqual(chosen({}, { [name]: '3' }), { positions: [3], by: `${name}=3` })
    t.deepEqual(chosen({ indexBase: 1 }, { [name]: '3' }), { positions: [2], by: `${name}=3` })
  }
})

test('0 is a position wherever it is not the sign of no array', t => {
  for (const { name, outside } of variables)
    t.deepEqual(
      chosen({}, { [name]: '0' }),
      outside === '0' ? { positions: all, by: '' } : { positions: [0], by: `${name}=0` },
    )
})

test('two indices that are the same are one; two that are not are refused, and so is one that is no number', t => {
  t.deepEqual(chosen({}, { SLURM_ARRAY_TASK_ID: '2', PBS_ARRAY_INDEX: '2' }), {
    positions: [2],
    by: 'SLURM_ARRAY_TASK_ID=2 and PBS_ARRAY_INDEX=2',
  })
  const two = chosen({}, { SLURM_ARRAY_TASK_ID: '2', PBS_ARRAY_INDEX: '3' })
  t.regex(String(two), /^run: SLURM_ARRAY_TASK_ID=2 and PBS_ARRAY_INDEX=3; wanted one index\. .*--index/)
  for (const value of ['undefined', '-1', '1.5', '0x3'])
    t.regex(String(chosen({}, { PBS_ARRAY_INDEX: value })), /^run: PBS_ARRAY_INDEX=.*wanted a whole number.*--index/)
})

test('a flag goes before the environment, even before one that is wrong', t => {
  for (const environment of [{ SLURM_ARRAY_TASK_ID: '2' }, { SLURM_ARRAY_TASK_ID: 'x', LSB_JOBINDEX: '4' }]) {
    t.deepEqual(chosen({ index: '1' }, environment), { positions: [1], by: '--index 1' })
    t.deepEqual(chosen({ shard: '1/2' }, environment), { positions: [1, 3], by: '--shard 1/2' })
    t.deepEqual(chosen({ id: '07c' }, environment), { positions: [2], by: '--id 07c' })
  }
})

test('two flags are refused', t => {
  t.regex(String(chosen({ index: '1', shard: '0/2' })), /^run: --index 1 and --shard 0\/2; wanted one of them\./)
})

test('shards share the plan: every position in one of them, those that leave the same rest together', t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), n => {
      const shards = Array.from({ length: n }, (_, i) => selectionOf(ids, { shard: `${i}/${n}` }, {}))
      const parts = shards.map(shard => (E.isRight(shard) ? shard.right.positions : [-1]))
      t.deepEqual(parts.flat().toSorted(), all)
      for (const [i, part] of parts.entries()) t.true(part.every(position => position % n === i))
    }),
  )
  for (const shard of ['2/2', '1', '1/0', '-1/2', 'a/b', '1/2/3'])
    t.regex(String(chosen({ shard })), /^run: --shard .*wanted i\/n with i from 0 to n - 1\. Try/)
})

test('several indices are an array expression, from the base', t => {
  t.deepEqual(chosen({ index: '4,0-1' }), { positions: [0, 1, 4], by: '--index 4,0-1' })
  t.deepEqual(chosen({ index: '1-2', indexBase: '1' }), { positions: [0, 1], by: '--index 1-2' })
})

test('an index outside of the plan is refused, with the base where that is what is wrong', t => {
  t.regex(
    String(chosen({ index: '5' })),
    /^run: --index 5; wanted an index from 0 to 4, since .* 5 runs\. Add --index-base 1/,
  )
  t.regex(String(chosen({ index: '0', indexBase: 1 })), /^run: --index 0; wanted an index from 1 to 5/)
  t.regex(String(chosen({ index: '3-9' })), /^run: --index 3-9, where 5; wanted/)
  t.regex(String(chosen({}, { SLURM_ARRAY_TASK_ID: '77' })), /^run: SLURM_ARRAY_TASK_ID=77; wanted/)
  t.regex(String(chosen({ index: '1', indexBase: '2' })), /^run: --index-base 2; wanted a whole number from 0 to 1/)
})

test('an id is known by how it begins; one of several or of none is refused', t => {
  t.deepEqual(chosen({ id: 'aa11,3f2a' }), { positions: [0, 4], by: '--id aa11,3f2a' })
  t.regex(
    String(chosen({ id: '3f2' })),
    /^run: --id 3f2, which is how 2 ids of the plan begin; wanted the id of one run/,
  )
  t.regex(String(chosen({ id: '3f2c' })), /how no id of the plan begins; .*Did you mean `3f2a`\?/)
  t.regex(String(chosen({ id: '' })), /wanted the id of one run/)
})
