/** The registry of schedulers that `janus plan --as` writes for. */
import type { Engine } from './engine.ts'
import { kubernetes } from './kubernetes.ts'
import { parallel } from './parallel.ts'
import { slurm } from './slurm.ts'

export const engines = { slurm, k8s: kubernetes, parallel } as const satisfies { readonly [name: string]: Engine }
export type EngineName = keyof typeof engines
export const engineNames = Object.keys(engines) as readonly EngineName[]
