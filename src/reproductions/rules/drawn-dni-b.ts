/** DNI(b) as the program of Marschall, Cho & Savin 2020 begins it, but for the Jacobian, which begins at 0. */
import { dniB } from '../../../rules/dni-b.ts'
import { drawn } from './drawn.ts'

export const drawnDniB = dniB(drawn)
