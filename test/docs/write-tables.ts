/** Writes the tables of docs/rules/README.md and docs/tasks.md from their registries: `npm run tables`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import { replaced } from './markdown.ts'
import { optionsTable, rulesTable } from './rules-table.ts'
import { taskOptionsTable, tasksTable } from './tasks-table.ts'

/** Every table by its page and the name between its comments. */
const tables = [
  ['rules/README.md', 'rules', rulesTable],
  ['rules/README.md', 'options', optionsTable],
  ['tasks.md', 'tasks', tasksTable],
  ['tasks.md', 'options', taskOptionsTable],
] as const

for (const [page, name, table] of tables) {
  const path = join(root, 'docs', page)
  writeFileSync(path, replaced(readFileSync(path, 'utf8'), name, table()))
}
