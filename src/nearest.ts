export { nearest } from '../ad/nearest.ts'
