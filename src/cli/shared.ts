/** The options that several commands have, written once. */
import { hidden, type Text } from './command.ts'

/** Words in a row: 'a, b or c'. */
const either = (words: readonly string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' or $1')

/** A cell; `otherwise` is what stands for it where none is given. */
export const cell = (otherwise: string) => ({
  '--cell <cell>': (async () => {
    const { cellNames } = await import('../../nets/cells/index.ts')
    return `${either(cellNames)} (default ${otherwise}), or a text: 'h = tanh(W*h + V*x)'; lif and alif with options: 'lif(kappa=0.9)'`
  }) satisfies Text,
})

/** The bias of the forget gates, in the words of 0.1.0 too. */
export const forgetBias = (says: string) => ({ '--forget-bias <b>': says, '--forget <b>': hidden }) as const

/** The matrices of a state that begin in a way of their own. */
export const initial = (otherwise: string) => ({
  '--initial <name>': (async () => {
    const { initialNames } = await import('../training/initial.ts')
    return `recurrent matrices: ${either(initialNames)} (default ${otherwise})`
  }) satisfies Text,
})

/** A made-up task. */
export const task = (says: string) => ({
  '--task <name>': (async () => {
    const { taskNames } = await import('../training/tasks/index.ts')
    return `${says}, its options in parentheses: ${either(taskNames)}; or a file with a task of your own`
  }) satisfies Text,
})

/** A model of a run, and what it runs on, in place of a random network. */
export const ofModel = {
  '--from <model>': 'the model.json of a run, in place of a random network',
  '--data <name>': 'what the model runs on, with --column and --target (default made-up inputs)',
  ...task('a made-up task for it to run on'),
  '--column <names>': 'columns of a table that it hears',
  '--target <names>': 'columns of a table that it predicts',
} as const

/** The seed of all that is drawn. */
export const seed = { '--seed <s>': 'whole number (default 1)' } as const

/** The engine; `otherwise` is the one where neither this nor the variable names one. */
export const engine = (otherwise: string) => ({
  '--engine <e>': (async () => {
    const { engineChoices } = await import('../engine.ts')
    return `${either(engineChoices)}; else the variable JANUS_ENGINE, else ${otherwise}`
  }) satisfies Text,
})

/** Output for a machine. */
export const json = (says: string) => ({ '--json': says }) as const

/** A picture's numbers for a machine. */
export const numbers = json('numbers instead of a picture')

/** A stack of cells. */
export const layers = { '--layers <K>': 'layers of it (default 1)' } as const

/** The settings of an experiment. */
export const settings = {
  '--data <name>':
    'constitution, sunspots, digits (or digits(by=pixel, permuted=1)), or a path (*.csv, *.tsv: a series; of 65 columns, images)',
  '--column <names>': 'columns of a table to learn from, by name or number, as a,b (default the last)',
  '--target <names>': 'columns of a table to predict (default those of --column)',
  '--horizon <h>': 'steps ahead that a series is predicted (default 1)',
  ...task('a made-up task in place of data'),
  '--rule <rule>':
    "a name of janus rules, with its options as in 'uoro(normalize=false)', or a file with a rule of your own (default bptt)",
  '--k <k>': "the rule's own number: steps of a chunk or of reach, terms",
  ...cell('leaky; gru for images'),
  ...layers,
  '--hidden <d>': 'units',
  '--alpha <α>': 'leak of leaky and membrane cells, in (0, 1]',
  ...forgetBias("initial bias of an LSTM's forget gates (default 1)"),
  ...initial('normal; orthogonal for made-up tasks without a protocol of their own'),
  '--embed <e>': 'embed the symbols of a text in e numbers',
  '--from <model>': 'begin with the parameters of the model.json of another run',
  '--window <w>': 'steps that a rule looks back over, and between updates; no option with images',
  '--every <n>': 'steps between updates, where they are not as many',
  '--batch <B>': 'sequences learned from side by side (default 1; 32 images)',
  '--washout <W>':
    'steps after which the state and all that the rule remembers begin anew (default never, for randman a trial)',
  '--steps <n>': 'updates',
  '--lr <η>': 'step size',
  '--lr-fall <τ>': 'updates τ by which it falls: lr/√(1 + t/τ) (default: it stays)',
  '--optimiser <o>': 'sgd, adam, obgd (of td, lr 1) or rls (of the readout alone, without a step size)',
  '--momentum <m>': 'of sgd, in [0, 1)',
  '--clip <c>': 'largest norm of a gradient',
  ...seed,
  ...engine('auto'),
  '--dtype <t>': 'f64 or f32 (default f64)',
} as const

/** Rules beside the one that trains. */
export const shadows = {
  '--shadow <rules>':
    'rules run beside the one that trains, as rtrl,uoro@1000 (from update 1000 on): their gradients beside its own',
  '--shadow-every <K>': 'updates to a line of shadows.jsonl (default 1)',
  '--shadow-lags': 'at each look, also the error of every rule by lag, of a small network',
  '--shadow-eigenvalues': 'at each look, also the eigenvalues of the Jacobian of one step',
} as const

/** The folder of folders of runs. */
export const out = { '--out <folder>': 'where runs are written (default runs)' } as const

/** How a run is begun where one stands already. */
export const beginning = {
  '--fresh': 'begin again, where a run stands already',
  '--retry': 'go on with a run that failed',
  '--allow-other-engine': 'go on with a run that was begun on another engine, machine or version',
  '--checkpoint-every <s>': 'seconds between checkpoints (default 30)',
} as const

/** How experiments are run. */
export const running = {
  ...shadows,
  '--config <file>': 'settings in YAML or JSON; flags and words as hidden=32 or rule.sigma=0.1 go before it',
  ...out,
  ...beginning,
} as const

/** Where the indices of a scheduler begin. */
export const indexBase = (says: string) =>
  ({ '--index-base <b>': `${says} (default 0; 1 where the scheduler cannot begin at 0)` }) as const
