export { controlTypes, isControlType, voidExtension } from './protocol.ts'
export { Requests } from './requests.ts'
