import { command } from '../command.ts'
import { engine, json } from '../shared.ts'

export const check = command({
  name: 'check',
  takes: '<files...>',
  does: 'recompute gradient cases and compare',
  options: { ...json('one JSON object a file'), ...engine('eager') },
  run: async (files, options) => (await import('../check.ts')).check(files, options),
})
