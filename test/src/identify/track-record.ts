/** The cases of docs/track-record.md, made in plain code: `node dist/test/src/identify/track-record.js` writes them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../root.ts'
import { caseOf, forward, made, times } from './plain.ts'
import { chargedToB, lruCase, γ_log } from './plain-lru.ts'

const net = made(2, 1, 1, 3, 0.5, 11)

const one = (id: string, grads: object, note: string, more: object = {}) => ({
  ...caseOf(net, { grads, dtype: 'f64', source: note }, more),
  id,
})

/** Cases by the names of their files, without .json. */
export const trackRecord = {
  'w-diag-f': one('w-diag-f', forward(net, { jacobian: 'W f' }).grads, "RTRL with W diag f'"),
  'one-step-late': one('one-step-late', forward(net, { immediate: 'all late' }).grads, 'BPTT one step late'),
  'tbptt-1': one('tbptt-1', forward(net, { jacobian: 'none' }).grads, 'TBPTT of one step'),
  'eprop-is-rflo': one(
    'eprop-is-rflo',
    forward(net, { jacobian: 'own', feedback: 'random' }).grads,
    'e-prop that is RFLO',
    { feedback: net.B },
  ),
  'no-signal': one(
    'no-signal',
    { ...times(0, forward(net).grads), W_out: forward(net).grads.W_out, b_out: forward(net).grads.b_out },
    'a learning signal that is always 0',
  ),
  'gamma-log': { ...lruCase(chargedToB(γ_log), 'RTRL of the LRU with γ_log'), id: 'gamma-log' },
}

const fileOf = (name: string): string => join(root, 'data', 'cases', 'track-record', `${name}.json`)

if (process.argv[1]?.endsWith('track-record.js'))
  for (const [name, found] of Object.entries(trackRecord))
    writeFileSync(fileOf(name), `${JSON.stringify(found, null, 2)}\n`)

export { fileOf }
