export { bytesContentType, freezesPayloads, fromBytes, toBody } from './body.ts'
export { type Codec, codecFor, codecNamed, registerCodec } from './codec.ts'
export { jsonCodec } from './json.ts'
