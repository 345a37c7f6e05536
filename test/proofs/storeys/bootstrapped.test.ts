import { decided } from './groups.ts'

decided('bootstrapped')
