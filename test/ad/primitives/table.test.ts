import test from 'ava'
import { allRows, table } from '../../../ad/primitives/table.ts'
import { mapOf } from '../../../ad/value.ts'

test('every row is under its name, and those that refuse to be differentiated are among all of them alone', t => {
  for (const [name, row] of Object.entries(allRows)) t.is(row.name, name)
  const refusing = Object.keys(allRows).filter(name => !(name in table))
  t.deepEqual(refusing.toSorted(), ['largestOf', 'leadingEigenvectors', 'singularTriplets'])
})

test('every row is tried at as many arguments as it has derivatives, of shapes that it takes', t => {
  for (const { name, push, pull, shape, specimens = [], domain = [], whole = [] } of Object.values(table)) {
    t.true(specimens.length > 0, name)
    for (const { shapes, options } of specimens) {
      t.notThrows(() => shape(shapes, options), name)
      if (typeof push === 'function') t.truthy(mapOf(push, shapes.length - 1), name)
      else t.deepEqual([push.length, (pull as readonly unknown[]).length], [shapes.length, shapes.length], name)
      t.true(
        [domain.length - 1, ...whole].every(i => i < shapes.length),
        name,
      )
    }
  }
})
