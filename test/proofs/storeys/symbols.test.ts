import { decided } from './groups.ts'

decided('symbols')
