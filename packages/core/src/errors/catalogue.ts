import type { CoreErrorCode } from './remedies.ts'
import type { CatalogueEntry } from './sm-error.ts'
import { remedyOf } from './transport-error.ts'

export type { Catalogue, CatalogueEntry } from './sm-error.ts'
export type { CoreErrorCode }

// Apart from the remedies: every error carries its remedy, and no program needs the meanings.
const meanings: Readonly<Record<CoreErrorCode, string>> = {
  SM_NAME_INVALID: 'A namespace, agent id, message type, pattern, group or extension name breaks the naming rules.',
  SM_MESSAGE_DEFINITION: 'A message definition contradicts itself.',
  SM_PAYLOAD_INVALID: 'A payload does not fit the schema of its message type.',
  SM_PAYLOAD_NOT_PORTABLE: 'A payload holds a value that a wire would change or lose.',
  SM_HEADER_INVALID: 'A message header lacks an attribute or holds one of the wrong form.',
  SM_VERSION_UNACCEPTED: 'A message came in a version that the subscriber does not accept.',
  SM_CODEC_MALFORMED: 'Bytes from outside do not form a frame or a body of the stated content type.',
  SM_CODEC_UNKNOWN: 'A body has a content type or an encoding that this process cannot decode.',
  SM_FRAME_TOO_LARGE: 'A frame is larger than the transport or this process accepts.',
  SM_TRANSPORT_UNKNOWN: 'No transport is registered under the name or URL scheme.',
  SM_TRANSPORT_LOAD: 'The package of a transport was found, but failed to load or did not register it.',
  SM_TRANSPORT_DUPLICATE: 'Two different transports were registered under one name or URL scheme.',
  SM_TRANSPORT_INCOMPATIBLE: 'A transport was built for a version of the contract that this core does not have.',
  SM_TRANSPORT_DEFINITION: 'What was given to defineTransport is not a transport definition.',
  SM_TRANSPORT_CONFIG: 'The transports of an agent are configured in a way that cannot be read.',
  SM_TRANSPORT_START: 'A transport could not be started.',
  SM_TRANSPORT_STATE: 'A transport was used before its start or after its stop.',
  SM_TRANSPORT_CHANGE: 'A transport of a running agent cannot be added, drained or removed as asked.',
  SM_CAPABILITY_MISSING: 'A message or subscription needs what a transport does not do.',
  SM_ROUTE_NONE: 'No transport of the agent knows a way to the address.',
  SM_ROUTE_POLICY: 'The wishes about the transports of a message contradict each other, or leave none.',
  SM_REPEAT_UNNOTICED:
    'Several transports would bring a message to one agent, and two of its instances could each handle it.',
  SM_QUORUM_MISSING: 'Fewer transports than the quorum of a message can take it now, or took it.',
  SM_DELIVERY_ABANDONED:
    'A message was accepted, but the last consumer left without having handled it and none came back.',
  SM_PUBLISH_FAILED: 'A transport failed to publish and gave no coded reason.',
  SM_PUBLISH_RECALLED: 'A publish that waited on one transport was taken back, for another to carry it.',
  SM_PUBLISH_TIMEOUT: 'A publish found no room within its time: the receiver is too slow or stuck.',
  SM_OUTBOX_FULL: 'No transport takes messages, and as many wait already as the agent keeps.',
  SM_PUBLISH_LIMIT: 'An agent has more publishes waiting than it holds.',
  SM_REQUEST_TIMEOUT: 'No reply came within the deadline of a request.',
  SM_REQUEST_LIMIT: 'An agent has more requests under way than it holds.',
  SM_REPLY_MISSING: 'A request was sent for a message type that defines no reply.',
  SM_HANDLER_NONE: 'A message reached an agent that has no handler for its type.',
  SM_HANDLER_FAILED: 'A handler threw.',
  SM_HANDLER_TIMEOUT: 'A handler ran longer than its time.',
  SM_SUBSCRIPTION_OPTIONS: 'The options of a subscription contradict each other or are out of range.',
  SM_SUBSCRIPTION_CLOSED: 'A subscription was used after it had been closed.',
  SM_AGENT_OPTIONS: 'The options of an agent contradict each other or are out of range.',
  SM_ATTEMPTS_EXHAUSTED: 'A message ended the process of its handler each time that it was tried.',
  SM_MESSAGE_EXPIRED: 'A message lost its meaning while its handler ran.',
  SM_SCHEMA_TIMEOUT: 'A schema did not answer within the time of the handler.',
  SM_WAIT_TIMEOUT: 'An agent that was waited for did not come in time.',
  SM_PRESENCE_INVALID: 'What came in about the presence of an agent is of another version or time, or is none.',
  SM_WIRE_AWAY: 'A message could not be sent: a transport has lost its wire, so nobody knows who is there.',
  SM_AGENT_STOPPED: 'An agent was used after its stop.',
}

const codes = Object.keys(meanings) as CoreErrorCode[]

/** Every code that `@sm/core` throws, with its meaning and remedy. The reference page is generated from it. */
export const coreCatalogue = Object.fromEntries(
  codes.map(code => [code, { meaning: meanings[code], ...remedyOf(code) }]),
) as Readonly<Record<CoreErrorCode, CatalogueEntry>>
