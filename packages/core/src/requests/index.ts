export { Requester } from './requester.ts'
export { Responder } from './responder.ts'
