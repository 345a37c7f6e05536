/** A network as plain numbers: what the oracles compute on, and what random networks are before they are ours. */
import { describe } from '../ad/describe.ts'
import { KindError } from '../ad/errors.ts'

export type Rows = readonly (readonly number[])[]

/**
 * One leaky network with its inputs, targets and loss, as plain numbers.
 *
 * u_t = W_rec h_{t−1} + W_in x_t + b_rec,  h_t = (1−α) h_{t−1} + α f(u_t),  v_t = W_out h_t + b_out,  y_t = g(v_t)
 *
 * W_rec [d][d], W_in [d][n], b_rec [d], W_out [m][d], b_out [m], h0 [d], inputs [T][n], targets [T][m], weights [T].
 */
export interface PlainNetwork {
  readonly alpha: number
  readonly activation: 'tanh' | 'sigmoid' | 'relu' | 'softplus' | 'identity'
  readonly output: 'identity' | 'tanh' | 'sigmoid' | 'softmax'
  readonly loss: 'half_mse' | 'sse' | 'softmax_ce' | 'rmse_seq'
  readonly weights: readonly number[]
  readonly params: {
    readonly W_rec: Rows
    readonly W_in: Rows
    readonly b_rec: readonly number[]
    readonly W_out: Rows
    readonly b_out: readonly number[]
    readonly h0: readonly number[]
  }
  readonly inputs: Rows
  readonly targets: Rows
}

/** Refuses what is no network of plain numbers. Throws a KindError. */
export const requirePlain = (who: string, given: unknown): void => {
  const { params, inputs } = (given ?? {}) as { readonly [name: string]: unknown }
  if (typeof params === 'object' && params !== null && 'h0' in params && Array.isArray(inputs)) return
  throw new KindError({
    who,
    given: describe(given),
    wanted: 'a network of plain numbers, as networks() draws them',
    remedy: 'equation({ forAll: networks(), sides: net => … }) gives one',
  })
}
