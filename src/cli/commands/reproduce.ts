import { command } from '../command.ts'
import { json, out } from '../shared.ts'

export const reproduce = command({
  name: 'reproduce',
  takes: '[name]',
  does: "other people's figures, ours beside theirs; exit 1 where one does not match",
  options: {
    '--budget <time>':
      'CPU time, as 90s, 15m or 2h: what does not fit is listed (default 15m; no limit where one is named)',
    '--full': 'all of them, however long; what is finished is not run again',
    '--write <file>': 'write the page docs/reproductions.md, or another',
    '--workers <n>': 'runs at a time, each in a process (default the cores of the machine); 0: in this process',
    ...out,
    '--allow-other-engine': 'go on with runs that were begun on another engine, machine or version',
    ...json('one JSON object a reproduction'),
    '--quiet': 'no progress',
  },
  examples: [
    'janus reproduce',
    'janus reproduce rflo-periodic',
    'janus reproduce --full --write docs/reproductions.md',
  ],
  run: async ([name], options) => (await import('../reproduce.ts')).reproduce(name, options),
})
