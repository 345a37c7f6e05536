/** The results of a comparison for a machine: every number, null where it is not finite. */
import { sharedRows } from './beside.ts'
import { divergedOf, type Group } from './groups.ts'
import { operationsOf, type Results, stepsOf } from './tables.ts'

const groupOf = (group: Group): object => ({
  name: group.name,
  config: { ...group.first.config, seed: undefined },
  runs: group.ran.map(({ run, seed, value, updates, seconds }) => ({
    id: run.id,
    seed,
    held: value,
    diverged: !Number.isFinite(value),
    updates,
    seconds,
  })),
  failed: group.failed,
  median: group.median,
  interquartileMean: group.middle,
  interval: group.interval,
  diverged: divergedOf(group.ran),
  alignment: group.alignment,
  seconds: group.seconds,
  memoryBytes: group.costs.memory,
  updates: group.updates,
  steps: stepsOf(group),
  operationsPerStep: group.costs.operations,
  operations: operationsOf(group),
})

export const jsonOf = (results: Results, folder: string): object => {
  const { figure, seeds, against, groups, paired, besides } = results
  return {
    folder,
    figure,
    seeds,
    against,
    groups: groups.map(groupOf),
    paired,
    oracles: sharedRows(besides),
    beside: besides,
  }
}
