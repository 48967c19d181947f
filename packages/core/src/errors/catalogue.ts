import { type Catalogue, defineErrors } from './sm-error.ts'

/** Every code that `@sm/core` throws, with its meaning and remedy. The reference page is generated from it. */
export const coreCatalogue = {
  SM_NAME_INVALID: {
    meaning: 'A namespace, agent id, message type, pattern, group or extension name breaks the naming rules.',
    remedy:
      'Use lower-case letters, digits, "-" and "_" for agents and namespaces, and dotted segments of letters, digits, "-" and "_" for message types.',
    retryable: false,
  },
  SM_MESSAGE_DEFINITION: {
    meaning: 'A message definition contradicts itself.',
    remedy: 'Correct the options given to defineMessage.',
    retryable: false,
  },
  SM_PAYLOAD_INVALID: {
    meaning: 'A payload does not fit the schema of its message type.',
    remedy: 'Send what the schema asks for; details.issues names each field.',
    retryable: false,
  },
  SM_PAYLOAD_NOT_PORTABLE: {
    meaning: 'A payload holds a value that a wire would change or lose.',
    remedy: 'Send JSON values or bytes: turn dates and bigints into strings, and instances into plain objects.',
    retryable: false,
  },
  SM_HEADER_INVALID: {
    meaning: 'A message header lacks an attribute or holds one of the wrong form.',
    remedy: 'Correct the attribute that the error names; the message was not sent or not handled.',
    retryable: false,
  },
  SM_VERSION_UNACCEPTED: {
    meaning: 'A message came in a version that the subscriber does not accept.',
    remedy: 'Add an upcast for that version to the definition, list it in the subscription, or update the sender.',
    retryable: false,
  },
  SM_CODEC_MALFORMED: {
    meaning: 'Bytes from outside do not form a frame or a body of the stated content type.',
    remedy: 'Check that both sides speak the same wire form; the bytes were refused as a whole.',
    retryable: false,
  },
  SM_CODEC_UNKNOWN: {
    meaning: 'A body has a content type or an encoding that this process cannot decode.',
    remedy: 'Import the codec (for msgpack: import "@sm/core/msgpack") or send another content type.',
    retryable: false,
  },
  SM_FRAME_TOO_LARGE: {
    meaning: 'A frame is larger than the transport or this process accepts.',
    remedy: 'Send less, raise maxFrameBytes where the transport allows it, or pass a reference to the data.',
    retryable: false,
  },
  SM_TRANSPORT_UNKNOWN: {
    meaning: 'No transport is registered under the name or URL scheme.',
    remedy: 'Install and import its package (conventionally @sm/transport-NAME), or correct the name.',
    retryable: false,
  },
  SM_TRANSPORT_LOAD: {
    meaning: 'The package of a transport was found, but failed to load or did not register it.',
    remedy: 'See the cause; reinstall the package or import the right one.',
    retryable: false,
  },
  SM_TRANSPORT_DUPLICATE: {
    meaning: 'Two different transports were registered under one name or URL scheme.',
    remedy: 'Remove one of the two packages, or have one of them take another name.',
    retryable: false,
  },
  SM_TRANSPORT_INCOMPATIBLE: {
    meaning: 'A transport was built for a version of the contract that this core does not have.',
    remedy: 'Install versions whose contract agrees: same major, and a minor not above that of core.',
    retryable: false,
  },
  SM_TRANSPORT_DEFINITION: {
    meaning: 'What was given to defineTransport is not a transport definition.',
    remedy: 'Give name, contract, capabilities and create as the transport guide shows.',
    retryable: false,
  },
  SM_TRANSPORT_CONFIG: {
    meaning: 'The transports of an agent are configured in a way that cannot be read.',
    remedy: 'Give an object of options by name, a list of names and URLs, or SM_TRANSPORTS as a comma-separated list.',
    retryable: false,
  },
  SM_TRANSPORT_START: {
    meaning: 'A transport could not be started.',
    remedy: 'See the cause; the agent was not started.',
    retryable: true,
  },
  SM_TRANSPORT_STATE: {
    meaning: 'A transport was used before its start or after its stop.',
    remedy: 'Await start() first, and publish before stop().',
    retryable: false,
  },
  SM_CAPABILITY_MISSING: {
    meaning: 'A message or subscription needs what a transport does not do.',
    remedy: 'Add a transport that has the capability, or drop the need.',
    retryable: false,
  },
  SM_ROUTE_NONE: {
    meaning: 'No transport of the agent knows a way to the address.',
    remedy:
      'Check the id, start the receiver first or subscribe it, or add a transport that reaches it; explain() shows why.',
    retryable: true,
  },
  SM_DELIVERY_ABANDONED: {
    meaning: 'A message was accepted, but the last consumer left without having handled it and none came back.',
    remedy: 'Stop agents with a drain, run a second instance, or use a durable transport.',
    retryable: true,
  },
  SM_PUBLISH_FAILED: {
    meaning: 'A transport failed to publish and gave no coded reason.',
    remedy: 'See the cause; details.outcome says whether anyone may have got the message.',
    retryable: true,
  },
  SM_PUBLISH_TIMEOUT: {
    meaning: 'A publish found no room within its time: the receiver is too slow or stuck.',
    remedy: 'Publish slower, raise the concurrency of the receiver or its queue bound, or give a longer timeoutMs.',
    retryable: true,
  },
  SM_PUBLISH_LIMIT: {
    meaning: 'An agent has more publishes waiting than it holds.',
    remedy: 'Await publishes before making more, or raise maxPublishes.',
    retryable: true,
  },
  SM_REQUEST_TIMEOUT: {
    meaning: 'No reply came within the deadline of a request.',
    remedy: 'Check that the receiver runs and replies; raise timeoutMs if it only needs longer.',
    retryable: true,
  },
  SM_REQUEST_LIMIT: {
    meaning: 'An agent has more requests under way than it holds.',
    remedy: 'Await replies before sending more, or raise maxRequests.',
    retryable: true,
  },
  SM_REPLY_MISSING: {
    meaning: 'A request was sent for a message type that defines no reply.',
    remedy: 'Give the definition a reply schema, or publish instead of requesting.',
    retryable: false,
  },
  SM_HANDLER_NONE: {
    meaning: 'A message reached an agent that has no handler for its type.',
    remedy: 'Subscribe the agent to the type, or address the message to the agent that handles it.',
    retryable: true,
  },
  SM_HANDLER_FAILED: {
    meaning: 'A handler threw.',
    remedy: 'See the message and the cause; throw an SmError to choose code and retryability.',
    retryable: true,
  },
  SM_HANDLER_TIMEOUT: {
    meaning: 'A handler ran longer than its time.',
    remedy: 'Make it faster, have it obey context.signal, or raise timeoutMs of the subscription.',
    retryable: true,
  },
  SM_SUBSCRIPTION_OPTIONS: {
    meaning: 'The options of a subscription contradict each other or are out of range.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_SUBSCRIPTION_CLOSED: {
    meaning: 'A subscription was used after it had been closed.',
    remedy: 'Subscribe again.',
    retryable: false,
  },
  SM_AGENT_OPTIONS: {
    meaning: 'The options of an agent contradict each other or are out of range.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_AGENT_STOPPED: {
    meaning: 'An agent was used after its stop.',
    remedy: 'Create a new agent, or finish your work before stop().',
    retryable: false,
  },
} as const satisfies Catalogue

/** A code of core. */
export type CoreErrorCode = keyof typeof coreCatalogue

/** Makes an error of core's catalogue. */
export const smError = defineErrors(coreCatalogue)
