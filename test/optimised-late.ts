/**
 * Lets V8 optimise a function only after eight times as much work in it as by default: most of what tests run is run a few times, and
 * optimising it took up to half of their time on all cores. ava loads this before a file of tests. Later versions than that of Node 20
 * count otherwise, and have no such flag.
 */
import { setFlagsFromString } from 'node:v8'

if (process.version.startsWith('v20.')) setFlagsFromString('--interrupt-budget=540000')
