/** Hénon, Mackey-Glass and Lorenz: medians and ranges of the released runs of sketched RTRL (results/ts, ten seeds; of TBPTT five). */
import { type Lengths, series } from './sketched.ts'

/** Measured shares of the three series, which have the same sizes. */
const lengths: Lengths = {
  losses: { minutes: 1, estimated: true },
  beside: { minutes: 3.6, estimated: true },
  sketch: { minutes: 14, estimated: true },
  table: { minutes: 28, estimated: true },
}

export const [henon, henonBeside, henonSketch, henonTable] = series(
  'henon',
  'henon',
  'Hénon',
  {
    exact: [0.0051, 0.0041, 0.0071],
    tbptt: [0.0326, 0.0252, 0.0334],
    sketch: [0.2374, 0.201, 0.3004, 0.891],
    rules: {
      'SnAp-1': [0.0047, 0.0035, 0.0071, 0.763],
      KF: [0.012, 0.0072, 0.2501, 0.626],
      decay: [0.0689, 0.0501, 0.1042, 0.311],
      UORO: [0.8052, 0.0767, 0.9127, 0.052],
    },
  },
  { ...lengths, losses: { minutes: 1 } },
)

export const [mackeyGlass, mackeyGlassBeside, mackeyGlassSketch, mackeyGlassTable] = series(
  'mackey-glass',
  'mackey-glass(delay=16, integrator=euler)',
  'Mackey-Glass',
  {
    exact: [0.0079, 0.0031, 0.0612],
    tbptt: [0.0077, 0.0069, 0.0093],
    sketch: [0.0099, 0.0083, 0.0126, 0.874],
    rules: {
      'SnAp-1': [0.0048, 0.0035, 0.0074, 0.398],
      KF: [0.0233, 0.0051, 0.0688, 0.431],
      decay: [0.0427, 0.0217, 0.1108, 0.344],
      UORO: [0.0489, 0.0196, 0.0891, 0.063],
    },
  },
  lengths,
)

export const [lorenz, lorenzBeside, lorenzSketch, lorenzTable] = series(
  'lorenz',
  'lorenz(integrator=euler)',
  'Lorenz',
  {
    exact: [0.0027, 0.0017, 0.0134],
    tbptt: [0.0053, 0.0046, 0.0065],
    sketch: [0.0094, 0.0062, 0.0138, 0.871],
    rules: {
      'SnAp-1': [0.002, 0.0015, 0.0041, 0.353],
      KF: [0.0125, 0.0026, 0.0253, 0.478],
      decay: [0.0413, 0.0268, 0.0681, 0.208],
      UORO: [0.0253, 0.0118, 0.1596, 0.053],
    },
  },
  lengths,
)
