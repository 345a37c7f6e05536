import { decided } from './groups.ts'

decided('approximations')
