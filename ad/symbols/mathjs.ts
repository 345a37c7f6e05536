/** mathjs from the one file that it is also published as, which makes a function when it is asked for: its modules take 2 s. */
import type * as Mathjs from 'mathjs'
import bundle from 'mathjs/lib/browser/math.js'

export const mathjs: typeof Mathjs = bundle
