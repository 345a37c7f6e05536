/** The recipe for Slurm, with tasks killed while it runs; for the suite and for `npm run test:long`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { besideSerial, ended, environment, killing, lacking, recipes, swept } from './sweep.ts'

/** Why there is no Slurm here; null where there can be one. */
export const withoutSlurm = (): string | null =>
  process.getuid?.() === 0
    ? lacking('slurmctld', 'slurmd', 'munged', 'sbatch', 'sinfo')
    : 'its daemons are started as root'

/** What became of a sweep. */
export interface Swept {
  readonly code: number
  /** What the recipe printed. */
  readonly text: string
  /** How often it submitted an array. */
  readonly submitted: number
  readonly killed: number
  readonly seconds: number
  readonly files: Awaited<ReturnType<typeof besideSerial>>
}

/** A sweep of so many runs on a Slurm of its own, so many of its tasks killed by -9. */
export const onSlurm = async (runs: number, kills: number): Promise<Swept> => {
  const [box, folder] = [mkdtempSync(join(tmpdir(), 'janusgrad-box-')), swept('slurm', runs)]
  const started = await ended(box, ['sh', `${recipes}slurm/one-box.sh`, box])
  try {
    if (started.code !== 0) throw new Error(started.err)
    const since = performance.now()
    const env = { ...environment, SLURM_CONF: join(box, 'slurm.conf') }
    const recipe = ended(folder, ['sh', `${recipes}slurm/sweep.sh`, 'sweep.yaml'], env)
    const killed = await Promise.race([killing(folder, kills), recipe.then(() => [])])
    const { code, out, err } = await recipe
    const text = `${err}${out}`
    return {
      code,
      text,
      submitted: [...text.matchAll(/Submitted batch job/g)].length,
      killed: killed.length,
      seconds: (performance.now() - since) / 1000,
      files: await besideSerial(folder),
    }
  } finally {
    await ended(box, ['sh', `${recipes}slurm/one-box.sh`, box, 'stop'])
    for (const path of [box, folder]) rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  }
}
