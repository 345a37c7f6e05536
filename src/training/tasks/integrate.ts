/** Steps of ordinary differential equations: Euler's, and the classical fourth-order one of Runge and Kutta. */
import { oneOf } from './option.ts'

/** dx/dt = f(x). */
export type Flow = (x: readonly number[]) => readonly number[]

/** x' from x over a time dt. */
type Integrator = (f: Flow, x: readonly number[], dt: number) => readonly number[]

const moved = (x: readonly number[], dt: number, slope: readonly number[]): readonly number[] =>
  x.map((value, i) => value + dt * (slope[i] as number))

export const integrators = {
  rk4: (f, x, dt) => {
    const k1 = f(x)
    const k2 = f(moved(x, dt / 2, k1))
    const k3 = f(moved(x, dt / 2, k2))
    const k4 = f(moved(x, dt, k3))
    return x.map((value, i) => {
      const [a = 0, b = 0, c = 0, d = 0] = [k1[i], k2[i], k3[i], k4[i]]
      return value + (dt * (a + 2 * b + 2 * c + d)) / 6
    })
  },
  euler: (f, x, dt) => moved(x, dt, f(x)),
} as const satisfies Readonly<Record<string, Integrator>>

export type IntegratorName = keyof typeof integrators

export const integratorOption = oneOf(['rk4', 'euler'], 'the step: fourth-order Runge-Kutta, or Euler')
