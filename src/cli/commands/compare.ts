import { command } from '../command.ts'
import { json, running, settings } from '../shared.ts'

export const compare = command({
  name: 'compare',
  takes: '[settings...]',
  does: 'run rules over seeds on all cores, and compare: statistics, figures and a report',
  options: {
    ...settings,
    ...running,
    '--against <group>': 'what the others are held against, as the table names it (default the first)',
    '--pairs': 'hold every pair against each other',
    '--tune <lr=…>': "find each rule's rate on other seeds first: lr=0.001,0.01,0.1",
    '--workers <n>': 'runs at a time, each in a process (default the cores of the machine); 0: in this process',
    '--no-report': 'no figures and no report',
    ...json('the results as one JSON object'),
    '--quiet': 'no progress',
  },
  examples: [
    'janus compare --task add --rule bptt,rtrl,rflo,./mine.js --seed 0..4',
    "janus compare --task add --rule 'rtrl,uoro(order=marschall)' --seed 0..9 lr=0.01,0.03",
    'janus compare --data sunspots --rule bptt,rtrl --seed 1..6 --against rtrl',
    'janus compare --task add --rule rtrl,uoro --seed 0..4 --tune lr=0.001,0.01,0.1',
  ],
  run: async (words, options) => (await import('../compare.ts')).compare(options, words),
})
