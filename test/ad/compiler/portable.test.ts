/** Plans as plain data: what is sent is cloned, and the plan that is made of it computes the same. */
import test from 'ava'
import { compileFor, engineOf } from '../../../ad/compiler/engine.ts'
import type { Plan } from '../../../ad/compiler/plan.ts'
import { portable, revived } from '../../../ad/compiler/portable.ts'
import { isConstant, trace } from '../../../ad/modes/trace.ts'
import { add, mul, tanh } from '../../../ad/primitives/elementwise.ts'
import { sum } from '../../../ad/primitives/layout.ts'
import { table } from '../../../ad/primitives/table.ts'
import { tensor } from '../../../ad/tensor.ts'
import { run, type Value } from '../../../ad/value.ts'

const here = (port: number) => ({ port, frame: 'here' as const })
const planOf = (...programs: readonly ((x: Value) => Value)[]): Plan => ({
  ports: [[3], []].map(shape => ({ shape, framed: false })),
  stages: programs.map(f => ({ graph: trace(([x]) => [f(x!)], [[3]]), reads: [here(0)], writes: [here(1)] })),
})

const weighed = (x: Value): Value => sum(mul(tanh(x), tensor([1, 2, 3])))
const plan = planOf(weighed, x => add(sum(x), 0.5))

test('a plan is sent as data without functions, and computes the same after it', t => {
  const sent = portable(plan)
  t.deepEqual(structuredClone(sent), sent)
  t.deepEqual(sent?.programs, [])
  const made = revived(structuredClone(sent)!)
  t.deepEqual(made.ports, plan.ports)
  for (const [i, { graph, reads, writes }] of made.stages.entries()) {
    const like = plan.stages[i]!
    t.deepEqual(
      [graph.inputs, graph.outputs, reads, writes],
      [like.graph.inputs, like.graph.outputs, like.reads, like.writes],
    )
    for (const [k, step] of graph.steps.entries()) {
      const one = like.graph.steps[k]!
      if (isConstant(one)) t.deepEqual(isConstant(step) && [step.shape, step.data], [one.shape, one.data])
      else t.deepEqual(!isConstant(step) && { ...step }, { ...one })
    }
  }
  const numbers = [plan, made].map(one => {
    const machine = compileFor(one, engineOf('compiled-js'))(1)
    machine.all(0).set([0.1, -0.2, 0.3])
    return [0, 1].map(stage => {
      machine.run(stage, 0, 0, 0)
      return machine.all(1)[0]
    })
  })
  t.deepEqual(numbers[1], numbers[0])
})

test('programs are sent, too', t => {
  const programs = [[0, 1], [{ anew: { into: 1, at: 0, left: { port: 0, shift: 0, size: 1 } } }]]
  t.deepEqual(revived(portable({ ...plan, programs })!).programs, programs)
})

test('a plan with a primitive of one own is not sent, in whichever stage it stands', t => {
  const own = (x: Value): Value => sum(run({ ...table.tanh!, name: 'mine' }, [x], undefined))
  const named = (x: Value): Value => sum(run({ ...table.tanh! }, [x], undefined))
  t.is(portable(planOf(weighed, own)), null)
  t.is(portable(planOf(own, weighed)), null)
  t.is(portable(planOf(named)), null, 'whatever it is called')
})
