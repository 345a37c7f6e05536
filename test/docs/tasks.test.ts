import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../root.ts'
import { between } from './markdown.ts'
import { taskOptionsTable, tasksTable } from './tasks-table.ts'

test('the tables of docs/tasks.md are those of the registry', t => {
  const page = readFileSync(join(root, 'docs', 'tasks.md'), 'utf8')
  t.is(between(page, 'tasks'), tasksTable())
  t.is(between(page, 'options'), taskOptionsTable())
})
