/**
 * Lets V8 optimise a function only after eight times as much work in it as by default: most of what tests run is run a few times, and
 * optimising it, in other threads, took up to half of their time on all cores. ava loads this before a file of tests.
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--interrupt-budget=540000')
