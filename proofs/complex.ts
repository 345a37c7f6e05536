import { add, type Complex, complex, divide, expm1, exp as expz, log1p, log as logz, multiply, sqrt as sqrtz } from 'mathjs'
import type { PlainNetwork } from './networks.ts'

type Scalar = number | Complex
type Vec = readonly Scalar[]
type Step = { readonly W_rec: readonly Vec[]; readonly W_in: readonly Vec[]; readonly b_rec: Vec }
type Rest = { readonly h0: Vec; readonly W_out: readonly Vec[]; readonly b_out: Vec }

// Arithmetic on numbers, or with mathjs as soon as one of them is complex. No pow and no abs: both lose a tiny
// imaginary part at a negative base. Every branch is chosen by the real part.
const H = 1e-20
const at = <A>(xs: readonly A[], i: number): A => xs[i] as A
const re = (z: Scalar) => (typeof z === 'number' ? z : z.re)
const slope = (z: Scalar) => (typeof z === 'number' ? 0 : z.im / H)
const both = (a: Scalar, b: Scalar): boolean => typeof a === 'number' && typeof b === 'number'
const plus = (a: Scalar, b: Scalar) => (both(a, b) ? +a + +b : add(a, b)) as Scalar
const times = (a: Scalar, b: Scalar) => (both(a, b) ? +a * +b : multiply(a, b)) as Scalar
const over = (a: Scalar, b: Scalar) => (both(a, b) ? +a / +b : divide(a, b)) as Scalar
