import { command } from '../command.ts'
import { running, settings } from '../shared.ts'

export const train = command({
  name: 'train',
  takes: '[settings...]',
  does: 'train on a text, a series, images or a made-up task, and compare with baselines on what is held out',
  options: {
    ...settings,
    ...running,
    '--workers <n>': 'cores that share out each step: sequences of a batch, or columns of an influence (default: one)',
    '--print-config': 'print the settings with their defaults as YAML, and run nothing',
    '--schema': 'print the JSON Schema of a config, for editors',
  },
  examples: [
    'janus train --data sunspots --rule rtrl',
    'janus train --data constitution --cell lstm --batch 8',
    'janus train --data digits --workers 2',
    "janus train --data sunspots --rule 'three-factor(sigma=0.1)'",
    'janus train --task add --rule rtrl',
    'janus train --task add --rule rtrl,rflo --seed 0..2 hidden=16,32',
    'janus train --task add --rule uoro --shadow rtrl,rflo',
    'janus train --config experiment.yaml --steps 5000',
  ],
  run: async (words, options) => (await import('../train.ts')).train(options, words),
})
