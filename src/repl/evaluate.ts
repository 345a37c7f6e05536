/** One expression in the scope of everything public. */
import { lateFor, scope } from './scope.ts'

const AsyncFunction = (async () => {}).constructor as FunctionConstructor

/** The value of one expression in the scope of everything public; `await` may stand in it. */
export const evaluate = async (expression: string): Promise<unknown> => {
  const known = { ...(await lateFor(expression)), ...scope }
  return AsyncFunction(...Object.keys(known), `return (${expression}\n)`)(...Object.values(known))
}
