/** What must not compile. Each line below an `@ts-expect-error` is a build error if the types ever let it through. */
import test from 'ava'
import { dense, pull, push } from '../ad/linear/apply.ts'
import { type Linear, plus } from '../ad/linear/linear.ts'
import { type Cotangent, flat, sharp, type Tangent } from '../ad/linear/space.ts'
import { mul } from '../ad/primitives/elementwise.ts'
import { leaky } from '../nets/cells/leaky.ts'
import { rmse } from '../nets/loss.ts'
import { network } from '../nets/network.ts'
import { backwards, forwards } from '../nets/run/scan.ts'
import type { Param, State } from '../nets/run/timestep.ts'
import { learn } from '../nets/train/online.ts'
import { sgd } from '../nets/train/optimisers.ts'
import { credit } from '../rules/bptt.ts'
import { influence } from '../rules/rtrl.ts'

const refused = (
  tangent: Tangent<State>,
  cotangent: Cotangent<State>,
  parameter: Cotangent<Param>,
  recurrent: Linear<State, State>,
  immediate: Linear<Param, State>,
) => [
  // @ts-expect-error credit faces the future: it needs the whole run
  () => forwards(credit),
  // @ts-expect-error and so it cannot learn online
  () => learn(credit),
  // @ts-expect-error influence faces the past
  () => backwards(influence(dense)),
  // @ts-expect-error a tangent is pushed, not pulled
  () => pull(recurrent, tangent),
  // @ts-expect-error a cotangent is pulled, not pushed
  () => push(recurrent, cotangent),
  // @ts-expect-error the two are never added
  () => plus(tangent, cotangent),
  // @ts-expect-error nor multiplied: they are no Values
  () => mul(tangent, cotangent),
  // @ts-expect-error a cotangent of the state is none of the parameters
  () => plus(cotangent, parameter),
  // @ts-expect-error an arrow out of the parameters takes no change of the state
  () => push(immediate, tangent),
  // @ts-expect-error a loss of the whole run has no gradient at an instant
  () => learn(influence(dense))({ task: network(leaky(), { d: 1, n: 1, m: 1 }, rmse()), optimiser: sgd({ lr: 1 }) }),
]

const allowed = (tangent: Tangent<State>, cotangent: Cotangent<State>) => [
  () => plus(flat(tangent), cotangent),
  () => plus(tangent, sharp(cotangent)),
  () => learn(influence(dense)),
]

test('what faces the future cannot learn online, and tangents are not cotangents: the build proves it', t => {
  t.is(refused.length, 5)
  t.is(allowed.length, 2)
})
