export { smError } from './agent-error.ts'
export type { AgentErrorCode, CoreErrorCode, ErrorCode } from './remedies.ts'
export {
  type Catalogue,
  defineErrors,
  describeThrown,
  fromWireError,
  isSmError,
  SmError,
  type SmErrorOptions,
  toWireError,
  type WireError,
} from './sm-error.ts'
export { transportError } from './transport-error.ts'
