/** The registry of made-up tasks, from which commands, tables and the docs are made. */
import { add } from './add.ts'
import { adding } from './adding.ts'
import { anbn } from './anbn.ts'
import { copy } from './copy.ts'
import { delayedXor } from './delayed-xor.ts'
import { firstSymbol } from './first-symbol.ts'
import { flipFlop } from './flip-flop.ts'
import { henon } from './henon.ts'
import { lorenz } from './lorenz.ts'
import { mackeyGlass } from './mackey-glass.ts'
import { memoryChain } from './memory-chain.ts'
import { mimic } from './mimic.ts'
import { murraySines } from './murray-sines.ts'
import { nestSines } from './nest-sines.ts'
import { randman } from './randman.ts'
import { rotationMemory } from './rotation-memory.ts'
import { rotationRecall } from './rotation-recall.ts'
import type { Task } from './task.ts'
import { traceConditioning } from './trace-conditioning.ts'

/** Tasks by name: `const { n, m, loss, steps } = tasks.copy.on({ delay: 20 })`, `train(…)(θ, steps(rng(1)))`. */
export const tasks = {
  add,
  mimic,
  copy,
  adding,
  'delayed-xor': delayedXor,
  anbn,
  'first-symbol': firstSymbol,
  'rotation-memory': rotationMemory,
  'rotation-recall': rotationRecall,
  'flip-flop': flipFlop,
  randman,
  'nest-sines': nestSines,
  'murray-sines': murraySines,
  'mackey-glass': mackeyGlass,
  henon,
  lorenz,
  'trace-conditioning': traceConditioning,
  'memory-chain': memoryChain,
} as const satisfies Readonly<Record<string, Task>>

export type TaskName = keyof typeof tasks
export const taskNames = Object.keys(tasks) as readonly TaskName[]
