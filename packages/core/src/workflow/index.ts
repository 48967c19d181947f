export { controlTypes, isControlType } from './protocol.ts'
export { Requests } from './requests.ts'
