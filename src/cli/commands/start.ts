import { command } from '../command.ts'

export const start = command({
  name: 'start',
  does: 'the main job: one network, BPTT and RTRL, the yearly sunspots',
  run: async () => (await import('../start.ts')).start(),
})
