import type { EngineLike } from '../../ad/compiler/engine.ts'
import { ShapeError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Example, Network, Theta } from '../network.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, requirePerStep } from '../run/unroll.ts'
import { watching } from '../run/watching.ts'
import { sequencesOf, sessionsBy } from './gradient.ts'

const noSteps = (): never => {
  throw new ShapeError({
    who: 'outputsBy',
    given: 'no steps',
    wanted: 'sequences of at least one',
    remedy: 'Give what is heard',
  })
}

/**
 * y [B, m] at the end of each of B sequences of one length, by an engine. Made once for a network. Throws a NonFiniteError
 * where a run is not finite, a ShapeError where there is no step, a KindError for a loss of the whole run.
 */
export const outputsBy = (engine: EngineLike) => (net: Network) => {
  requirePerStep('outputsBy', net)
  const sessions = sessionsBy(engine, net, watching)
  return (θ: Theta, data: readonly (readonly Example[])[]): Tensor => {
    const { sequences } = sequencesOf(data)
    const steps = sequences[0]?.length ?? 0
    const first = sequences[0]?.[0] ?? noSteps()
    const session = sessions(θ, first, sequences.length, steps, noNoise)
    const noise = sequences.map(() => noNoise)
    session.begin(θ)
    try {
      for (let t = 0; ; t++) {
        const now = sequences.map(sequence => sequence[t] as Example)
        for (const datum of now) checkDatum(net, datum, t + 1)
        const seen = session.see(now, noise, t === steps - 1)
        checkFinite('outputsBy', t + 1, seen.quantities())
        if (t === steps - 1) return seen.output() as Tensor
      }
    } finally {
      session.end()
    }
  }
}
