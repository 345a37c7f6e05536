/** The made-up tasks by name. */
import { add } from './add.ts'
import type { MadeUp } from './task.ts'

/** Whose name is the task's. */
export type TaskName = 'add'

/** Tasks that are made up as they go on, by name: `train(rule, network(cell, { d, n, m }, loss), …)(θ, tasks.add.steps(rng(1)))`. */
export const tasks: Readonly<Record<TaskName, MadeUp>> = { add }
export const taskNames = Object.keys(tasks) as readonly TaskName[]
