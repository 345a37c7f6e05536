/** Parameters given to gradient, train and the like: put in the network's order by name, and checked against its shapes. */
import { described } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { bracket, NameError, ShapeError } from '../../ad/errors.ts'
import { checkParameters } from '../../ad/finite.ts'
import { sameShape } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'

/** Anything that can make parameters. */
interface Initialised<Θ> {
  init(seed: number): Θ
}

const known = new WeakMap<object, unknown>()

/** Parameters of the network's names, order and shapes; their values are arbitrary. Made once for a network. */
export const exampleParameters = <Θ>(net: Initialised<Θ>): Θ => {
  if (!known.has(net)) known.set(net, net.init(0))
  return known.get(net) as Θ
}

const names = (tree: Branch): string => `{ ${Object.keys(tree).join(', ')} }`

/** Throws for a name that only one of two trees has, with its path. */
const misnamed = (who: string, path: string, given: Branch, wanted: Branch): never => {
  const extra = Object.keys(given).find(name => !(name in wanted))
  const missing = Object.keys(wanted).find(name => !(name in given))
  const near = extra === undefined ? undefined : nearest(extra, Object.keys(wanted))
  throw new NameError({
    who,
    given: extra === undefined ? `${path} without ${missing}` : `${path}.${extra}`,
    wanted: `${path} of ${names(wanted)}`,
    remedy: near === undefined ? 'Take them from net.init(seed)' : `Did you mean ${near}?`,
  })
}

const ordered = (who: string, path: string, given: unknown, wanted: Value | Branch): Value | Branch => {
  if (isValue(wanted)) {
    if (isValue(given) && sameShape(given.shape, wanted.shape)) return given
    throw new ShapeError({
      who,
      given: `${path} ${isValue(given) ? bracket(given.shape) : described(given)}`,
      wanted: bracket(wanted.shape),
      remedy: isValue(given)
        ? 'Parameters of another network? Take them from net.init(seed)'
        : 'Make values with tensor',
    })
  }
  if (typeof given !== 'object' || given === null || isValue(given))
    throw new ShapeError({
      who,
      given: `${path} ${given === undefined || given === null ? String(given) : 'that is no record'}`,
      wanted: names(wanted),
      remedy: 'Take them from net.init(seed)',
    })
  const tree = given as Branch
  const fits =
    Object.keys(tree).length === Object.keys(wanted).length && Object.keys(wanted).every(name => name in tree)
  if (!fits) misnamed(who, path, tree, wanted)
  return Object.fromEntries(
    Object.entries(wanted).map(([name, leaf]) => [name, ordered(who, `${path}.${name}`, tree[name], leaf)]),
  )
}

/**
 * θ in the order of the network, by name. Throws a NameError for a name that is missing or not known, a ShapeError for another
 * shape, a NonFiniteError for a number that is not finite.
 */
export const parametersOf = <Θ extends Branch>(who: string, net: Initialised<Θ>, θ: Θ): Θ => {
  const found = ordered(who, 'θ', θ, exampleParameters(net)) as Θ
  checkParameters(who, found)
  return found
}
