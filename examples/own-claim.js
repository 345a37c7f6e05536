// A proposition of your own: a sentence, what it ranges over, and how far from true it is there. A false claim is
// answered by the smallest network that refutes it.
import { bptt, entries, eprop, tbptt, total, toValue } from 'janusgrad'
import { decide, describe, equation, networks, realise } from 'janusgrad/proofs'

const by = (rule, net) => entries(toValue(total(rule)(realise(net).run)))
const length = (rule, net) => Math.hypot(...by(rule, net))
const withoutRecurrence = net => ({
  ...net,
  params: { ...net.params, W_rec: net.params.W_rec.map(row => row.map(() => 0)) },
})
const cut = tbptt({ k: 2 })

const claims = [
  equation({
    claim: 'without recurrent weights e-prop is BPTT',
    forAll: networks().map(withoutRecurrence),
    sides: net => [by(bptt, net), by(eprop(), net)],
    describe,
    within: 1e-12,
    verdict: 'holds',
  }),
  {
    claim: 'truncating BPTT to two steps never makes the gradient longer',
    forAll: networks({ d: 2, n: 1, m: 1 }),
    residual: net => Math.max(0, length(cut, net) - length(bptt, net)),
    show: net => `${describe(net)}\n${length(cut, net).toFixed(3)} > ${length(bptt, net).toFixed(3)}`,
    within: 1e-12,
    verdict: 'refuted', // what is expected: to find no such network would be a failure
  },
]

for (const claim of claims) {
  const { passed, runs, counterexample } = decide(claim, { runs: 50 })
  console.log(`${claim.claim}\n  ${passed ? claim.verdict : `not ${claim.verdict}`}, after ${runs} networks`)
  if (counterexample) console.log(counterexample.replaceAll(/^/gm, '  '))
}

/* prints
without recurrent weights e-prop is BPTT
  holds, after 50 networks
truncating BPTT to two steps never makes the gradient longer
  refuted, after 5 networks
  d=1 n=1 m=1 T=3 alpha=0.25 identity half_mse; W_rec=[[0]] W_in=[[0]] b_rec=[0]
    W_out=[[0.25]] b_out=[0] h0=[0] inputs=0 targets=[[0],[1],[-0.25]] weights=1
  0.169 > 0.136
*/
