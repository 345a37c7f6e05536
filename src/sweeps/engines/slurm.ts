/** An array job of Slurm: a batch script for sbatch. */
import { type Engine, quoted } from './engine.ts'

/** MaxArraySize of slurm.conf where nothing else is said there; an index must be below it. */
const maxArraySize = 1001

/**
 * `exec` puts janus in the place of the shell, so that the signal a minute before the time limit reaches it: it stops with a checkpoint
 * and exits with 75.
 */
export const slurm: Engine = ({ path, count }) =>
  [
    '#!/bin/sh',
    `#SBATCH --array=0-${count - 1}`,
    '#SBATCH --cpus-per-task=1 --signal=B:TERM@60 --requeue --open-mode=append',
    ...(count < maxArraySize
      ? []
      : [`# Needs MaxArraySize=${count} or more in slurm.conf (by default ${maxArraySize}).`]),
    `exec janus run ${quoted(path)}`,
  ].join('\n')
