/** F-BPTT of Marschall, Cho & Savin 2020 with their truncation: an update by the oldest of 10 steps, from the losses up to now. */
import { bptt } from '../../../rules/bptt.ts'
import { futureFacing } from '../../../rules/tbptt.ts'

export const fBptt = futureFacing({ k: 10 })(bptt)
