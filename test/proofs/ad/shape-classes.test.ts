import test from 'ava'
import { table } from '../../../ad/primitives/table.ts'
import { missingClasses } from '../../../proofs/ad/shape-classes.ts'

for (const row of Object.values(table))
  test(`the specimens of ${row.name} stand for every class of shapes that it takes`, t => {
    t.deepEqual(missingClasses(row), [])
  })

test('a class without a specimen is missing, and a primitive whose classes nobody has said is found', t => {
  const { spread, sum } = table
  const without = (row: typeof spread, ...at: number[]) => ({
    ...row!,
    specimens: row!.specimens!.filter((_, i) => !at.includes(i)),
  })
  const trailing = spread!.specimens!.findIndex(({ shapes: [from] }) => from?.length === 2 && from[1] === 1)
  t.deepEqual(missingClasses(without(spread, trailing)), ['the trailing axis alone'])
  t.deepEqual(missingClasses(without(sum, 0)), ['the only axis'])
  t.is(missingClasses({ ...sum!, name: 'mine' }), null)
})
