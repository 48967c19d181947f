/** Remedies for codes that stay until somebody changes something. */
export const lasting = {
  SM_NAME_INVALID:
    'Use lower-case letters, digits, "-" and "_" for agents and namespaces, and dotted segments of such for message types.',
  SM_MESSAGE_DEFINITION: 'Correct the options given to defineMessage.',
  SM_PAYLOAD_INVALID: 'Send what the schema asks for; details.issues names each field.',
  SM_PAYLOAD_NOT_PORTABLE: 'Send JSON values or bytes: dates and bigints as strings, instances as plain objects.',
  SM_HEADER_INVALID: 'Correct that attribute; the message was not sent or not handled.',
  SM_VERSION_UNACCEPTED: 'Add an upcast to the definition, list the version in the subscription, or update the sender.',
  SM_CODEC_MALFORMED: 'Check that both sides speak the same wire form; the bytes were refused as a whole.',
  SM_CODEC_UNKNOWN: 'Import the codec (for msgpack: import "@sm/core/msgpack") or send another content type.',
  SM_TRANSPORT_UNKNOWN: 'Install and import its package (conventionally @sm/transport-NAME), or correct the name.',
  SM_TRANSPORT_LOAD: 'See the cause; reinstall the package or import the right one.',
  SM_TRANSPORT_INCOMPATIBLE: 'Install versions whose contract agrees: same major, and a minor not above that of core.',
  SM_TRANSPORT_CONFIG: 'Give an object of options by name, or a list of names and URLs (SM_TRANSPORTS: with commas).',
  SM_CAPABILITY_MISSING: 'Add a transport that has the capability, or drop the need.',
  SM_ROUTE_POLICY: 'Correct prefer, only, avoid or via, or add the transports that they ask for.',
  SM_REPEAT_UNNOTICED:
    "Address one instance, say repeats: 'allowed' in the definition, or use via 'first' or 'spread'.",
  SM_REPLY_MISSING: 'Give the definition a reply schema, or publish instead of requesting.',
  SM_SUBSCRIPTION_OPTIONS: 'Correct the option that the error names.',
  SM_SUBSCRIPTION_CLOSED: 'Subscribe again.',
  SM_AGENT_OPTIONS: 'Correct the option that the error names.',
  SM_TRANSPORT_CHANGE: 'Correct what the error names.',
  SM_ATTEMPTS_EXHAUSTED: 'Find out what in the message ends the process; replay the dead letter once it is mended.',
  SM_MESSAGE_EXPIRED: 'Raise ttlMs, or have the handler obey context.signal.',
  SM_PRESENCE_INVALID: 'Run versions and clocks that agree; nothing else is harmed.',
  SM_AGENT_STOPPED: 'Create a new agent, or finish your work before stop().',
} as const

/** Remedies for codes after which the same call may succeed later. */
export const passing = {
  SM_TRANSPORT_START: 'See the cause; the agent was not started.',
  SM_ROUTE_NONE:
    'Check the id, start the receiver first or subscribe it, or add a transport that reaches it; explain() shows why.',
  SM_QUORUM_MISSING: 'Publish again once more transports work, or ask for fewer; explain() shows what each lacks.',
  SM_PUBLISH_TIMEOUT: 'Publish slower, raise the concurrency of the receiver or its queue bound, or raise timeoutMs.',
  SM_OUTBOX_FULL: 'Publish again once a transport works, or raise outbox.maxMessages or outbox.maxBytes.',
  SM_PUBLISH_LIMIT: 'Await publishes before making more, or raise maxPublishes.',
  SM_REQUEST_TIMEOUT: 'Check that the receiver runs and replies; raise timeoutMs if it needs longer.',
  SM_REQUEST_LIMIT: 'Await replies before sending more, or raise maxRequests.',
  SM_HANDLER_NONE: 'Subscribe the agent to it, or address the agent that handles it.',
  SM_HANDLER_FAILED: 'See the message and the cause; throw an SmError to choose code and retryability.',
  SM_HANDLER_TIMEOUT: 'Make it faster, have it obey context.signal, or raise timeoutMs of the subscription.',
  SM_SCHEMA_TIMEOUT: 'Have the schema answer in time, without waiting for services, or raise timeoutMs.',
  SM_WAIT_TIMEOUT: 'Start it, check that both share a namespace and a wire, or raise timeoutMs.',
  SM_WIRE_AWAY: 'Publish again once the transport is ready; health() says what is wrong with it.',
} as const

// Apart from what agents throw, so that who has no transport of this package has none of their texts.
export const lastingOfTransports = {
  SM_FRAME_TOO_LARGE: 'Send less, raise maxFrameBytes where the transport allows it, or pass a reference to the data.',
  SM_TRANSPORT_DUPLICATE: 'Remove one of the two packages, or have one of them take another name.',
  SM_TRANSPORT_DEFINITION: 'Give name, contract, capabilities and create as the transport guide shows.',
  SM_TRANSPORT_STATE: 'Await start() first, and publish before stop().',
} as const

export const passingOfTransports = {
  SM_DELIVERY_ABANDONED: 'Stop agents with a drain, run a second instance, or use a durable transport.',
  SM_PUBLISH_RECALLED: 'Nothing to do: whoever recalled it sends it by another transport.',
  SM_PUBLISH_FAILED: 'See the cause; details.outcome says whether anyone may have got the message.',
} as const

/** A code that agents throw. What each means stands in `coreCatalogue` of `@sm/core/errors`. */
export type AgentErrorCode = keyof typeof lasting | keyof typeof passing

/** A code of core. What each means stands in `coreCatalogue` of `@sm/core/errors`. */
export type CoreErrorCode = AgentErrorCode | keyof typeof lastingOfTransports | keyof typeof passingOfTransports

/** A code that errors may have: those of core by name, and any other. */
export type ErrorCode = CoreErrorCode | (string & {})
