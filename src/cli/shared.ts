/** The options that several commands have, written once. */
import { hidden, type Text } from './command.ts'

/** Words in a row: 'a, b or c'. */
const either = (words: readonly string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' or $1')

/** A cell; `otherwise` is what stands for it where none is given. */
export const cell = (otherwise: string) => ({
  '--cell <cell>': (async () => {
    const { cellNames } = await import('../../nets/cells/index.ts')
    return `${either(cellNames)} (default ${otherwise}), or a text: 'h = tanh(W*h + V*x)'`
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
