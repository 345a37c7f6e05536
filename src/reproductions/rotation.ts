/** Rotation memory of sketched RTRL: medians and ranges of the released runs (results/m3, five seeds). */
import { sketchedRtrl } from '../training/tasks/papers.ts'
import { ordered, within } from './held.ts'
import { cosineTo, lastLosses, medianOf, type OfRun } from './readings.ts'
import type { Reproduction } from './reproduction.ts'
import { sketchedNetwork, sketchedRules, sketchedRuns } from './sketched-runs.ts'

const { 'SnAp-1': snap1, decay } = sketchedRules
const turned = (rule: string, of: OfRun) => medianOf('beside', { rule }, of)
const late = cosineTo('rtrl', 19_840)
const turnedLoss = lastLosses(2000)

export const rotation: Reproduction = {
  name: 'rotation',
  title: 'Rotation: the cosine separates the rules, the loss does not',
  paper: sketchedRtrl,
  protocol: `${sketchedNetwork}, washout 64 so that a trial begins from 0, 20,000 steps; the mean of the last 2,000 losses; cosines over the last 160 steps, theirs over
five records of 200. Ours is one seed, theirs the median and range of five, read from the released runs. Exact RTRL (theirs 0.1175) and the chunks of 25 (0.0383) are not run here.`,
  minutes: 1,
  sweeps: folder => {
    const settings = { ...sketchedRuns(folder, 'rotation-memory', 64)(0), rule: [snap1, decay], steps: 20_000 }
    return { beside: { settings, shadow: 'rtrl@19840' } }
  },
  figures: [
    ordered('cosines', { decay: turned(decay, late), 'SnAp-1': turned(snap1, late) }),
    within('SnAp-1, cosine', '.394 [.373, .483]', [0.323, 0.533], turned(snap1, late)),
    within('decay, cosine', '.141 [.109, .300]', [0.059, 0.35], turned(decay, late)),
    within('SnAp-1, loss', '.0851 [.0522, .0874]', [0.0522, 0.0874], turned(snap1, turnedLoss)),
    within('decay, loss', '.0956 [.0725, .1186]', [0.0725, 0.1186], turned(decay, turnedLoss)),
  ],
}
