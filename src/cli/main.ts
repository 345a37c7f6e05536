import { createRequire } from 'node:module'
import { CommanderError, Option, Command as Program } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { Command } from '../failure.ts'

/** Only what a command needs is loaded when it is asked for: the proofs bring mathjs, the REPL brings everything. */
const program = new Program('janus')
  .description('Temporal credit assignment in recurrent networks: two modes, two folds, one theorem.')
  .version((createRequire(import.meta.url)('janusgrad/package.json') as { version: string }).version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: false })

const done = async (command: Command): Promise<void> => {
  const outcome = await command()
  if (E.isRight(outcome)) return
  process.stderr.write(`janus: ${outcome.left.message}\n`)
  process.exitCode = outcome.left.code
}

const engines = 'eager, compiled, compiled-js, compiled-wasm or compiled-blas; else the variable JANUS_ENGINE'

program
  .command('start')
  .description('the main job: one network, BPTT and RTRL, the yearly sunspots')
  .action(async () => done((await import('./start.ts')).start()))

program
  .command('prove [pattern]')
  .description(
    'decide every proposition, or those whose claim or storey has the pattern; errata and their ids have pages',
  )
  .option('--runs <n>', 'random cases a proposition')
  .option('--seed <s>', 'where the random cases come from (default 1)')
  .option('--json', 'one JSON object a line')
  .addHelpText(
    'before',
    'janus prove duality\njanus prove errata\njanus prove 001-2\njanus prove "adjoint" --runs 1000 --seed 7\n',
  )
  .action(async (pattern, options) => done((await import('./prove.ts')).prove({ pattern, ...options })))

program
  .command('train')
  .description('train on a text, a series, images or a made-up task, and compare with baselines on what is held out')
  .option('--data <name>', 'constitution, sunspots, digits, or a path (*.csv, *.tsv: a series; of 65 columns, images)')
  .option('--column <names>', 'columns of a table to learn from, by name or number, as a,b (default the last)')
  .option('--target <names>', 'columns of a table to predict (default those of --column)')
  .option('--task <name>', 'a made-up task in place of data: add')
  .option(
    '--rule <rule>',
    "a name of janus rules, with its options as in 'uoro(normalize=false)', or a file with a rule of your own (default bptt)",
  )
  .option('--k <k>', "the rule's own number: steps of a chunk or of reach, terms")
  .option(
    '--cell <cell>',
    "leaky, membrane, lstm, peephole, gru, gru-pytorch, mgu or lru (default leaky; gru for images), or a text: 'h = tanh(W*h + V*x)'",
  )
  .option('--layers <K>', 'layers of it (default 1)')
  .option('--hidden <d>', 'units')
  .option('--alpha <α>', 'leak of leaky and membrane cells, in (0, 1]')
  .option('--forget-bias <b>', "initial bias of an LSTM's forget gates (default 1)")
  .addOption(new Option('--forget <b>').hideHelp())
  .option(
    '--initial <name>',
    'recurrent matrices: normal, orthogonal, identity or spectral (default normal; orthogonal for add)',
  )
  .option('--embed <e>', 'embed the symbols of a text in e numbers')
  .option('--from <model>', 'go on from the model.json of another run')
  .option('--window <w>', 'steps between updates; no option with images')
  .option('--batch <B>', 'sequences learned from side by side (default 1; 32 images)')
  .option('--steps <n>', 'updates')
  .option('--lr <η>', 'step size')
  .option('--optimiser <o>', 'sgd or adam')
  .option('--momentum <m>', 'of sgd, in [0, 1)')
  .option('--clip <c>', 'largest norm of a gradient')
  .option('--seed <s>', 'whole number')
  .option('--engine <e>', engines)
  .option('--dtype <t>', 'f64 or f32 (default f64)')
  .option('--out <folder>', 'where the run is written (default runs)')
  .addHelpText(
    'before',
    "janus train --data sunspots --rule rtrl\njanus train --data constitution --cell lstm --batch 8\njanus train --data digits\njanus train --data sunspots --rule 'three-factor(sigma=0.1)'\njanus train --task add --rule rtrl\n",
  )
  .action(async options => done((await import('./train.ts')).train(options)))

program
  .command('generate')
  .description('print a text that a trained character model makes')
  .requiredOption('--from <model>', 'the model.json of a run on a text')
  .option('--length <n>', 'symbols (default 400)')
  .option('--temperature <t>', 'of the softmax; 0 takes the likeliest symbol each time (default 1)')
  .option('--prompt <text>', 'the text to go on from')
  .option('--seed <s>', 'whole number')
  .addHelpText('before', "janus generate --from runs/KEY/model.json --prompt 'The ' --temperature 0.7\n")
  .action(async options => done((await import('./generate.ts')).generate(options)))

program
  .command('rules')
  .description('the learning rules: what each changes of the exact gradient, keeps and costs')
  .option('--rule <file>', 'a file with a rule of your own: its row too')
  .option('--json', 'one JSON object a rule')
  .action(async options => done((await import('./rules.ts')).rules(options)))

program
  .command('derive <cell>')
  .description('the equations of a cell under a rule, out of the program that runs; what the rule drops struck through')
  .option('--rule <rule>', 'a name of janus rules (default rtrl)')
  .option('--as <form>', 'text, tex, typst, or ts: TypeScript that runs by itself (default text)')
  .option('--layers <K>', 'layers of it (default 1)')
  .addHelpText(
    'before',
    "janus derive leaky --rule rflo\njanus derive lstm --rule bptt --as tex\njanus derive 'h = tanh(W*h + V*x)' --as ts > mine.ts\n",
  )
  .action(async (cell, options) => done((await import('../derive/derive.ts')).deriveCommand(cell, options)))

program
  .command('triangle')
  .description('the matrix of pairs (loss time, parameter time) of a small network, and what a rule makes of each')
  .option('--rule <rule>', 'a rule, or a file with one: its own matrix beneath the exact one, and both lag by lag')
  .option('--cell <cell>', "a cell of janus train, or a text: 'h = tanh(W*h + V*x)' (default leaky)")
  .option('--hidden <d>', 'units (default 2)')
  .option('--from <model>', 'the model.json of a run, in place of a random network')
  .option('--data <name>', 'what the model runs on, with --column and --target (default made-up inputs)')
  .option('--task <name>', 'a made-up task for it to run on')
  .option('--column <names>', 'columns of a table that it hears')
  .option('--target <names>', 'columns of a table that it predicts')
  .option('--steps <T>', 'steps of the run')
  .option('--seed <s>', 'whole number')
  .option('--json', 'numbers instead of a picture')
  .addHelpText(
    'before',
    "janus triangle\njanus triangle --rule rflo --cell gru\njanus triangle --rule 'tbptt(k=3)' --steps 9\n",
  )
  .action(async options => done((await import('./triangle.ts')).triangle(options)))

program
  .command('spectrum')
  .description('Lyapunov exponents and singular values of a random network: vanishing, exploding, or neither')
  .option(
    '--cell <cell>',
    "leaky, membrane, lstm, peephole, gru, gru-pytorch, mgu or lru (default leaky), or a text: 'h = tanh(W*h + V*x)'",
  )
  .option('--alpha <α>', 'leak of leaky and membrane, in (0, 1] (default 1)')
  .option('--forget-bias <b>', 'initial bias of the forget gates of lstm and peephole (default 0)')
  .addOption(new Option('--forget <b>').hideHelp())
  .option('--hidden <d>', 'units (default 16)')
  .option('--initial <name>', 'recurrent matrices: normal, orthogonal, identity or spectral (default normal)')
  .option('--gain <g>', 'their scale; of spectral the largest |eigenvalue| (default 1)')
  .option('--from <model>', 'the model.json of a run, in place of a random network')
  .option('--data <name>', 'what the model runs on, with --column and --target (default made-up inputs)')
  .option('--task <name>', 'a made-up task for it to run on')
  .option('--column <names>', 'columns of a table that it hears')
  .option('--target <names>', 'columns of a table that it predicts')
  .option('--steps <T>', 'steps of the run (default 50)')
  .option('--seed <s>', 'whole number (default 1)')
  .option('--json', 'numbers instead of a picture')
  .addHelpText(
    'before',
    'janus spectrum --initial spectral --gain 0.9\njanus spectrum --cell lstm --forget-bias 3\njanus spectrum --from runs/KEY/model.json --data sunspots\n',
  )
  .action(async options => done((await import('./spectrum.ts')).spectrum(options)))

program
  .command('check <files...>')
  .description('recompute gradient cases and compare')
  .option('--json', 'one JSON object a file')
  .option('--engine <e>', `${engines} (default eager)`)
  .action(async (files, options) => done((await import('./check.ts')).check(files, options)))

program
  .command('repl')
  .description('a prompt with everything in scope')
  .option('-e, --eval <expression>', 'print the value of one expression and leave')
  .addHelpText('before', "janus repl\njanus repl < session.js\njanus repl -e 'grad(x => mul(x, x))(tensor(3))'\n")
  .action(async options => done((await import('../repl/repl.ts')).repl(options)))

/** A reader that has seen enough is no failure, and does not hide one: the command goes on to its own exit code. */
const unheard = (fault: NodeJS.ErrnoException): void => {
  if (fault.code === 'EPIPE' || process.exitCode) return
  process.exitCode = 1
  process.stderr.write(`janus: the output cannot be written (${fault.code ?? fault.message}); wanted room for it.\n`)
}
process.stdout.on('error', unheard)
process.stderr.on('error', () => {})

/** Commander prints its own messages; help and version are no mistakes. */
try {
  await program.parseAsync()
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown
  process.exitCode = thrown.exitCode === 0 ? 0 : 2
}
