/** DNI as the program of Marschall, Cho & Savin 2020 begins it. */
import { dni } from '../../../rules/dni.ts'
import { drawn } from './drawn.ts'

export const drawnDni = dni(drawn)
