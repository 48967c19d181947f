export { type AgentErrorCode, smError } from './agent-error.ts'
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
export { type CoreErrorCode, transportError } from './transport-error.ts'
