export {
  type Address,
  type AgentRef,
  formatAddress,
  formatAgentRef,
  type InboxAddress,
  parseAgentRef,
  type TopicAddress,
  toInboxAddress,
  toTopicAddress,
} from './address.ts'
export { controlTypes, isControlType, orderExtension, voidExtension } from './control.ts'
export {
  defineMessage,
  type Immutable,
  type InputOf,
  isMessageType,
  type MessageFamily,
  type MessageNeed,
  type MessageOptions,
  type MessageType,
  type PayloadOf,
  type ReplyInputOf,
  type ReplyOf,
  type RequestType,
} from './define-message.ts'
export type { Body, Frame, Json, Payload } from './frame.ts'
export { freezesPayloads } from './freeze.ts'
export { type DeliveryLevel, type Header, maxEncodings, maxExtensions, maxTime, toHeader } from './header.ts'
export { type Asker, type CheckedBody, LocalFrame } from './local-frame.ts'
export {
  checkAgentId,
  checkExtensionName,
  checkGroup,
  checkMessageType,
  checkNamespace,
  checkPattern,
  nameLimits,
} from './names.ts'
export { isWildcard, matchesPattern } from './pattern.ts'
export { isPlainObject } from './plain-object.ts'
export { isSamePayload, maxPayloadDepth, toPortable } from './portable.ts'
export { checkPolicy, mergePolicies, type Place, placeIn, type RoutePolicy, requireSome } from './route-policy.ts'
export { bytes, type SchemaIssue, unchecked, validate } from './schema.ts'
export type {
  SchemaInput,
  SchemaOutput,
  StandardSchemaIssue,
  StandardSchemaOptions,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaV1,
} from './standard-schema.ts'
export { checkVia, refuseVia, type Via } from './via.ts'
