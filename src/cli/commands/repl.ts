import { command } from '../command.ts'

export const repl = command({
  name: 'repl',
  does: 'a prompt with everything in scope',
  options: { '-e, --eval <expression>': 'print the value of one expression and leave' },
  examples: ['janus repl', 'janus repl < session.js', "janus repl -e 'grad(x => mul(x, x))(tensor(3))'"],
  run: async (_, options) => (await import('../../repl/repl.ts')).repl(options),
})
