/** A comparison: runs on worker processes, what they came to, and how the rules' gradients are aligned where they came to. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Example, Network, Theta } from '../../nets/network.ts'
import { shortDigest } from '../digest.ts'
import { preparedWith } from '../experiments/prepared.ts'
import { isSmall } from '../experiments/probes.ts'
import { setupFor } from '../experiments/run.ts'
import { attempt, type Failure } from '../failure.ts'
import { allPairs, against as heldAgainst } from '../statistics/paired.ts'
import { median } from '../statistics/summary.ts'
import { firstSteps } from '../training/data/first.ts'
import { kindOf } from '../training/data/index.ts'
import type { Setup } from '../training/experiment.ts'
import { cosineOf, cutInto, exactGradients, gradientsBy, matrixOf, stretches } from './alignment.ts'
import { besidesOf } from './beside.ts'
import { type Costs, costsOf } from './costs.ts'
import { spectraOf, trainedBy, trianglesOf } from './diagnostics.ts'
import type { Diagnostics } from './figures.ts'
import { type Group, groupsOf, type Ran, ranOf, sampleOf } from './groups.ts'
import type { Ending } from './messages.ts'
import { grouped, type Planned } from './plan.ts'
import type { Results } from './tables.ts'

/** What is held against what. */
export interface Comparing {
  /** The group that the others are held against, or `pairs` for all of them. */
  readonly against: string
  readonly pairs?: boolean
}

/** A group's network on its data, before anything is run. */
type Setups = ReadonlyMap<string, Setup>

/** The first 12 digits of a digest of the runs and their lengths. */
export const comparisonId = (plan: readonly Planned[]): string =>
  shortDigest(JSON.stringify(plan.map(({ id, options }) => [id, options.steps])))

/** The network of every group. Left: a rule that does not serve, or data that are too short. */
export const setupsOf = (
  plan: readonly Pick<Planned, 'group' | 'config' | 'sources'>[],
): TE.TaskEither<Failure, Setups> =>
  pipe(
    grouped(plan),
    TE.traverseSeqArray(([{ group, config, sources }]) =>
      pipe(
        preparedWith(config, sources),
        TE.flatMap(prepared => attempt(() => [group, setupFor(prepared)] as const)),
      ),
    ),
    TE.map(pairs => new Map(pairs)),
  )

/** Cosines to the exact gradient at what each run came to. */
const alignmentsOf = async (
  plan: readonly Planned[],
  ran: readonly (Ran | null)[],
  setups: Setups,
): Promise<ReadonlyMap<Ran, number>> => {
  const found = new Map<Ran, number>()
  for (const [i, one] of plan.entries()) {
    const [own, setup] = [ran[i], setups.get(one.group) as Setup]
    if (!own || !Number.isFinite(own.value) || !isSmall(setup)) continue
    const θ = await trainedBy(own)
    if (θ) found.set(own, cosineAt(one, setup, θ))
  }
  return found
}

const beginningOf = ({ net, course }: Setup, count: number): readonly Example[] =>
  firstSteps('compare', net as unknown as Network, course, count)

const partsOf = (setup: Setup) => cutInto(beginningOf(setup, stretches.count * stretches.length), stretches)

const cosineAt = ({ options }: Planned, setup: Setup, θ: Theta): number => {
  const [net, parts] = [setup.net as unknown as Network, partsOf(setup)]
  return cosineOf(gradientsBy(options, net)(θ, parts), exactGradients(net)(θ, parts))
}

/** What the runs came to. */
export const resultsOf = async (
  plan: readonly Planned[],
  endings: readonly (Ending | undefined)[],
  setups: Setups,
  { against, pairs }: Comparing,
): Promise<Results> => {
  const ran = plan.map((one, i) => ranOf(one, endings[i]))
  const cosines = await alignmentsOf(plan, ran, setups)
  const costs = ({ group, options }: Planned): Costs => costsOf(setups.get(group) as Setup, options)
  const aligned = (own: readonly Ran[]): number =>
    median(own.flatMap(one => cosines.get(one) ?? []).filter(Number.isFinite))
  const groups = groupsOf(plan, ran, costs, aligned)
  const { data } = (plan[0] as Planned).sources
  const samples = groups.map(sampleOf)
  const base = samples.find(({ name }) => name === against)
  return {
    groups,
    paired: pairs ? allPairs(samples) : base ? heldAgainst(base, samples) : [],
    against: pairs ? null : against,
    besides: besidesOf(groups),
    figure: kindOf(data).figure(data),
    seeds: [...new Set(plan.map(({ options }) => options.seed))],
  }
}

/** The first run of a group that ended and did not diverge. */
const soundOf = ({ ran }: Group): Ran | undefined => ran.find(({ value }) => Number.isFinite(value))

/** How many steps triangles and spectra have. */
const steps = 20

const shapeOf = ({ net }: Setup): string => JSON.stringify([net.sizes, net.cell.zeroState(net.sizes)])

/** What the rules make of credit: at the parameters of the first group that has some, where its network is small enough. */
export const diagnosticsOf = async (results: Results, setups: Setups): Promise<Diagnostics> => {
  const sound = results.groups.flatMap(group => {
    const one = soundOf(group)
    return one ? [{ group, one, setup: setups.get(group.name) as Setup }] : []
  })
  const [base] = sound
  const θ = base && (await trainedBy(base.one))
  if (!base || !θ || !isSmall(base.setup)) return {}
  const alike = sound.filter(({ setup }) => shapeOf(setup) === shapeOf(base.setup))
  const [net, parts] = [base.setup.net as unknown as Network, partsOf(base.setup)]
  const data = beginningOf(base.setup, steps)
  const lists = alike.map(({ one }) => gradientsBy(one.run.options, net)(θ, parts))
  const trained = await Promise.all(
    alike.map(async ({ group, one, setup }) => {
      const after = await trainedBy(one)
      return after ? [{ name: group.name, before: setup.θ, after }] : []
    }),
  )
  return {
    of: `${base.group.name}, seed ${base.one.seed},`,
    matrix: {
      names: ['exact', ...alike.map(({ group }) => group.name)],
      values: matrixOf([exactGradients(net)(θ, parts), ...lists]),
    },
    triangles: trianglesOf(
      alike.map(({ one }) => one.run),
      net,
      θ,
      data,
    ),
    spectra: spectraOf(net, data, trained.flat()),
  }
}
