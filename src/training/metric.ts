/**
 * One line of metrics.jsonl: `train` is the loss of this update, `held` the held-out figure. Texts: both in bits a
 * character; series: both RMSE in raw units; images: bits an image, and the % that is named right.
 */
export interface Metric {
  /** Updates so far. */
  readonly step: number
  readonly train?: number
  /** The length of the gradient that moved the parameters. */
  readonly gradient?: number
  readonly held?: number
}
