/** Every proposition at 200 runs, and at twenty other seeds: `npm run prove:long`, which takes long. Prints what is not as claimed. */
import { prove } from '../proofs/index.ts'

const efforts = [{ runs: 200, seed: 1 }, ...Array.from({ length: 20 }, (_, i) => ({ seed: 1000 + i }))]

let failed = 0
for (const effort of efforts) {
  let count = 0
  for (const { passed, storey, claim, error, counterexample, worst } of prove(effort)) {
    count += 1
    if (passed) continue
    failed += 1
    console.log(`${storey}: ${claim}\n  worst ${worst}, ${JSON.stringify(effort)}\n  ${error ?? counterexample ?? ''}`)
  }
  console.log(`${count} decided, ${JSON.stringify(effort)}`)
}
console.log(`${failed} not as claimed`)
process.exitCode = failed === 0 ? 0 : 1
