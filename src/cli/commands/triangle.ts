import { command } from '../command.ts'
import { numbers, ofModel, seed } from '../shared.ts'

export const triangle = command({
  name: 'triangle',
  does: 'the matrix of pairs (loss time, parameter time) of a small network, and its sums',
  options: { ...ofModel, '--steps <T>': 'steps of the run (default 6)', ...seed, ...numbers },
  run: async (_, options) => (await import('../../display/triangle.ts')).triangle(options),
})
