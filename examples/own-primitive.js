// A primitive of your own is a row like ours and is proved like ours. Were its slope 10% too steep both ways, push
// and pull would still be adjoint, and BPTT would still equal RTRL: only an oracle sees it.
import { add, mul, sigmoid, sub, unary } from 'janusgrad/ad'
import { prove } from 'janusgrad/proofs'

const slope = x => mul(sigmoid(x), add(1, mul(x, sub(1, sigmoid(x)))))
const swish = (name, k) =>
  unary(name, x => x / (1 + Math.exp(-x)), {
    push: [(t, [x]) => mul(t, mul(k, slope(x)))], // forwards: a tangent
    pull: [(c, [x]) => mul(c, mul(k, slope(x)))], // backwards: a cotangent
  })

for (const mine of [swish('swish', 1), swish('steep', 1.1)]) {
  const decided = [...prove({ primitives: [mine], runs: 10 })]
  for (const storey of ['oracles', 'adjointness', 'compiler']) {
    const here = decided.filter(d => d.storey === storey)
    console.log(
      `${mine.primitive.name}  ${storey.padEnd(12)}${here.filter(d => d.passed).length} of ${here.length} hold`,
    )
  }
  const failed = decided.find(d => !d.passed)
  if (failed) console.log(`${failed.claim}\n  ${failed.counterexample.replaceAll('\n', '\n  ')}`)
}

/* prints
swish  oracles     10 of 10 hold
swish  adjointness 10 of 10 hold
swish  compiler    10 of 10 hold
steep  oracles     6 of 10 hold
steep  adjointness 10 of 10 hold
steep  compiler    10 of 10 hold
push of steep at [] is its derivative by finite differences
  {} args [0.01] tangents [-0.25]
  left  [-0.1389]
  right [-0.1262]
*/
