import { decided } from './groups.ts'

decided('compiler')
