import { command } from '../command.ts'

export const plan = command({
  name: 'plan',
  takes: '<sweep>',
  does: 'the runs of a sweep file, a JSON line each; or what a scheduler is given of them',
  options: {
    '--as <engine>': async () => {
      const { engineNames } = await import('../../sweeps/engines/index.ts')
      return `${engineNames.join(', ')}: the few lines that it wants in place of the runs`
    },
  },
  examples: ['janus plan sweep.yaml', 'janus plan sweep.yaml --as slurm > sweep.sh && sbatch sweep.sh'],
  run: async ([sweep], options) => (await import('../sweep-plan.ts')).plan(sweep, options),
})
