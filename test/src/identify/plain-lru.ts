/** One complex unit of a linear recurrent unit in plain numbers: what B is charged by forward mode, right, or with γ_log in place of exp γ_log. */
const net = {
  ...{ ν_log: [-0.7], θ_log: [0.2], γ_log: [-0.4], B_re: [[0.8]], B_im: [[-0.5]] },
  ...{ C_re: [[0.9]], C_im: [[0.6]], D: [[0.3]], re0: [0], im0: [0], W_out: [[1.2]], b_out: [0.1] },
}
const [inputs, targets] = [
  [0.5, -0.3, 0.7],
  [0.1, -0.2, 0.4],
] as const

/** s = λ s₋ + γ B x, e = λ e₋ + g x: ∂s/∂B_re is e, ∂s/∂B_im is i e; o = Re(C s) + D x, y = W o + b. g is γ = exp γ_log, where it is right. */
export const chargedToB = (g: number) => {
  const size = Math.exp(-Math.exp(net.ν_log[0]!))
  const [a, b] = [size * Math.cos(Math.exp(net.θ_log[0]!)), size * Math.sin(Math.exp(net.θ_log[0]!))]
  const [γ, c, d] = [Math.exp(net.γ_log[0]!), net.C_re[0]![0]!, net.C_im[0]![0]!]
  const sums = { B_re: 0, B_im: 0 }
  let [re, im, eRe, eIm] = [0, 0, 0, 0]
  inputs.forEach((x, t) => {
    ;[re, im] = [a * re - b * im + γ * net.B_re[0]![0]! * x, a * im + b * re + γ * net.B_im[0]![0]! * x]
    ;[eRe, eIm] = [a * eRe - b * eIm + g * x, a * eIm + b * eRe]
    const W = net.W_out[0]![0]!
    const error = W * (W * (c * re - d * im + net.D[0]![0]! * x) + net.b_out[0]! - targets[t]!)
    sums.B_re += error * (c * eRe - d * eIm)
    sums.B_im += error * (-c * eIm - d * eRe)
  })
  return { B_re: [[sums.B_re]], B_im: [[sums.B_im]] }
}

/** The case of this unit with what a foreign program found. */
export const lruCase = (grads: object, source: string) => ({
  ...{ schema: 2, id: 'lru', model: 'lru', sizes: { d: 1, n: 1, m: 1, T: 3 }, output: 'identity', loss: 'half_mse' },
  loss_weights: [1, 1, 1],
  inputs: inputs.map(x => [x]),
  targets: targets.map(x => [x]),
  params: net,
  foreign: { grads, dtype: 'f64', source },
})

export const γ_log = net.γ_log[0]!
