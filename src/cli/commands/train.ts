import { command } from '../command.ts'
import { cell, engine, forgetBias, initial, layers, seed, task } from '../shared.ts'

export const train = command({
  name: 'train',
  does: 'train on a text, a series, images or a made-up task, and compare with baselines on what is held out',
  options: {
    '--data <name>': 'constitution, sunspots, digits, or a path (*.csv, *.tsv: a series; of 65 columns, images)',
    '--column <names>': 'columns of a table to learn from, by name or number, as a,b (default the last)',
    '--target <names>': 'columns of a table to predict (default those of --column)',
    ...task('a made-up task in place of data'),
    '--rule <rule>':
      "a name of janus rules, with its options as in 'uoro(normalize=false)', or a file with a rule of your own (default bptt)",
    '--k <k>': "the rule's own number: steps of a chunk or of reach, terms",
    ...cell('leaky; gru for images'),
    ...layers,
    '--hidden <d>': 'units',
    '--alpha <α>': 'leak of leaky and membrane cells, in (0, 1]',
    ...forgetBias("initial bias of an LSTM's forget gates (default 1)"),
    ...initial('normal; orthogonal for add'),
    '--embed <e>': 'embed the symbols of a text in e numbers',
    '--from <model>': 'go on from the model.json of another run',
    '--window <w>': 'steps between updates; no option with images',
    '--batch <B>': 'sequences learned from side by side (default 1; 32 images)',
    '--steps <n>': 'updates',
    '--lr <η>': 'step size',
    '--optimiser <o>': 'sgd or adam',
    '--momentum <m>': 'of sgd, in [0, 1)',
    '--clip <c>': 'largest norm of a gradient',
    ...seed,
    ...engine('compiled'),
    '--dtype <t>': 'f64 or f32 (default f64)',
    '--out <folder>': 'where the run is written (default runs)',
  },
  examples: [
    'janus train --data sunspots --rule rtrl',
    'janus train --data constitution --cell lstm --batch 8',
    'janus train --data digits',
    "janus train --data sunspots --rule 'three-factor(sigma=0.1)'",
    'janus train --task add --rule rtrl',
  ],
  run: async (_, options) => (await import('../train.ts')).train(options),
})
