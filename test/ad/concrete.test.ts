import test from 'ava'
import { requireConcrete } from '../../ad/concrete.ts'
import { KindError } from '../../ad/errors.ts'
import { counting } from '../../ad/modes/cost.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { scalar } from '../../ad/tensor.ts'
import { isReadable, type Value } from '../../ad/value.ts'

test('a rule may look at numbers, and at values that hold them, but at none inside a derivative', t => {
  const [x, counted] = [scalar(2), counting().counts(scalar(3))]
  t.is(requireConcrete(x, 'a choice'), x)
  t.is(requireConcrete(counted, 'a choice').data[0], 3)
  t.true(isReadable(x) && isReadable(counted))
  const inside = (y: Value): Value => {
    t.false(isReadable(y))
    return requireConcrete(y, 'a choice')
  }
  t.throws(() => grad(inside)(x), {
    instanceOf: KindError,
    message: /^item: a value inside a derivative.*wanted numbers: a choice\. Use engine: 'eager'/,
  })
})
