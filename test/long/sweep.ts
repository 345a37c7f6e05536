/** A sweep of 40 runs on a Slurm of one machine, two tasks killed by -9: complete after one `janus missing`. */
import { isDeepStrictEqual } from 'node:util'
import { onSlurm, withoutSlurm } from '../examples/scale/slurm.ts'

const reason = withoutSlurm()
if (reason) console.log(`skipped: ${reason}`)
else {
  const { code, text, submitted, killed, seconds, files } = await onSlurm(40, 2)
  const same = isDeepStrictEqual(files.runs, files.serial)
  console.log(text)
  console.log(
    `${killed} tasks killed, ${submitted} arrays submitted, ${seconds.toFixed(0)} s; ${same ? 'the' : 'NOT the'} bytes of serial`,
  )
  const whole = text.includes('All 40 runs are done.')
  process.exitCode = code === 0 && killed === 2 && submitted === 2 && same && whole ? 0 : 1
}
