import { command } from '../command.ts'
import { cell, numbers, ofModel, seed } from '../shared.ts'

export const triangle = command({
  name: 'triangle',
  does: 'the matrix of pairs (loss time, parameter time) of a small network, and what a rule makes of each',
  options: {
    '--rule <rule>': 'a rule, or a file with one: its own matrix beneath the exact one, and both lag by lag',
    ...cell('leaky'),
    '--hidden <d>': 'units (default 2)',
    ...ofModel,
    '--steps <T>': 'steps of the run, at most 12 (default 6)',
    ...seed,
    ...numbers,
  },
  examples: ['janus triangle', 'janus triangle --rule rflo --cell gru', "janus triangle --rule 'tbptt(k=3)' --steps 9"],
  run: async (_, options) => (await import('../triangle.ts')).triangle(options),
})
