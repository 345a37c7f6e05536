/** Where the project lies, from wherever a test was compiled to. */
import { fileURLToPath } from 'node:url'

/** The root folder, with a slash at its end. */
export const root = fileURLToPath(new URL('.', import.meta.resolve('janusgrad/package.json')))
/** The command as it is installed. */
export const janus = `${root}bin/janus`
/** The compiled sources. */
export const built = `${root}dist/`
