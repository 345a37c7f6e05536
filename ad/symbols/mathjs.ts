/** mathjs from the one file that it is also published as, in which functions are made when they are asked for: 0.2 s, and its modules 2. */
import type * as Mathjs from 'mathjs'
import bundle from 'mathjs/lib/browser/math.js'

export const mathjs: typeof Mathjs = bundle
