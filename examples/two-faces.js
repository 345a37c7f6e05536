// The gradient of one weight is a triangle of pairs: its effect at step s on the loss of step t. RTRL gives the sums of
// the rows, BPTT those of the columns: single steps differ, the totals agree.
import { bptt, halfSquaredError, leaky, network, rtrl, scan, sequence, toValue, unroll } from 'janusgrad'
import { doubleSum } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError())
const run = unroll(net)(net.init(1), sequence([2, -1, 1, -2, 1], [1, -0.5, 0.5, -1, 0.5]))

const weight = g => toValue(g).data[9] // flat: W_rec [3, 3], W_in [3, 1], b_rec [3]; this is W_in[0, 0]
const pairs = doubleSum(run).map(row => row.map(weight)) // each row by pulls back from its loss
const rows = [...scan(rtrl)(run)].map(([g]) => weight(g)) // from the first timestep on
const columns = [...scan(bptt)(run)].map(([g]) => weight(g)).toReversed() // from the last timestep back

const cells = xs => xs.map(x => x.toFixed(3).padStart(9)).join('')
const sum = xs => xs.reduce((a, b) => a + b, 0)
console.log('        s = 1    s = 2    s = 3    s = 4    s = 5      RTRL')
for (const t of [1, 2, 3, 4, 5]) console.log(`t = ${t}${cells(pairs[t].slice(1)).padEnd(45)} ${cells([rows[t]])}`)
console.log(`BPTT ${cells(columns.slice(1))}`)
console.log(`in all  BPTT${cells([sum(columns)])}   RTRL${cells([sum(rows)])}`)

/* prints
        s = 1    s = 2    s = 3    s = 4    s = 5      RTRL
t = 1   -0.005                                        -0.005
t = 2    0.021   -0.001                                0.020
t = 3   -0.089    0.042   -0.002                      -0.049
t = 4    0.142   -0.090    0.047   -0.004              0.095
t = 5   -0.090    0.063   -0.042    0.047   -0.002    -0.023
BPTT    -0.021    0.015    0.003    0.043   -0.002
in all  BPTT    0.038   RTRL    0.038
*/
