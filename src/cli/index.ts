/** The registry of commands, in the order of `janus --help`. */
import type { Entry } from './command.ts'
import { audit } from './commands/audit.ts'
import { check } from './commands/check.ts'
import { cite } from './commands/cite.ts'
import { compare } from './commands/compare.ts'
import { derive } from './commands/derive.ts'
import { generate } from './commands/generate.ts'
import { identify } from './commands/identify.ts'
import { missing } from './commands/missing.ts'
import { plan } from './commands/plan.ts'
import { prove } from './commands/prove.ts'
import { refute } from './commands/refute.ts'
import { repl } from './commands/repl.ts'
import { report } from './commands/report.ts'
import { reproduce } from './commands/reproduce.ts'
import { rules } from './commands/rules.ts'
import { run } from './commands/run.ts'
import { runs } from './commands/runs.ts'
import { spectrum } from './commands/spectrum.ts'
import { start } from './commands/start.ts'
import { tasks } from './commands/tasks.ts'
import { train } from './commands/train.ts'
import { triangle } from './commands/triangle.ts'

export const commands: readonly Entry[] = [
  start,
  prove,
  train,
  runs,
  compare,
  plan,
  run,
  missing,
  report,
  reproduce,
  generate,
  rules,
  tasks,
  cite,
  derive,
  triangle,
  audit,
  refute,
  identify,
  spectrum,
  check,
  repl,
]
