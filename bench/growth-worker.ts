/** How a step of the rules named on the command line grows with d, as JSON: growth.ts runs each in a process of its own. */

import { grown } from './growth.ts'

process.stdout.write(JSON.stringify(grown(process.argv.slice(2))))
