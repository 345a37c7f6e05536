/** The made-up tasks by name. */
import { add } from './add.ts'
import type { MadeUp } from './task.ts'

/** Whose name is the task's. */
export type TaskName = 'add'

export const tasks: Readonly<Record<TaskName, MadeUp>> = { add }
export const taskNames = Object.keys(tasks) as readonly TaskName[]
