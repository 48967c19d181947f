import { websocketError } from '../errors.ts'

/** An agent instance at a hub. */
export interface Guest {
  readonly agent: string
  readonly instance: string
}

/** A text message: the handshake, and who is there. */
export type Signal =
  /** Hub to agent, first: what the agent has to prove the token with. */
  | { readonly kind: 'challenge'; readonly nonce: string }
  /** Agent to hub: who it is. */
  | ({ readonly kind: 'join'; readonly namespace: string; readonly nonce: string; readonly proof: string } & Guest)
  /** Hub to agent: it is in. */
  | {
      readonly kind: 'welcome'
      readonly proof: string
      readonly windowBytes: number
      readonly guests: readonly Guest[]
    }
  /** Hub to agent, last: it is not. */
  | { readonly kind: 'refuse'; readonly code: string; readonly message: string }
  | ({ readonly kind: 'joined' } & Guest)
  | { readonly kind: 'left'; readonly instance: string }

/** The name of an agent or a namespace, as every transport takes it. */
const part = /^[a-z0-9][a-z0-9_-]{0,62}$/
const instance = /^[A-Za-z0-9]{1,26}$/
/** A value that was chosen, or computed from it: base64url of 24 or 32 bytes, or nothing. */
const token = /^[A-Za-z0-9_-]{0,64}$/

const isText = (value: unknown, form: RegExp): value is string => typeof value === 'string' && form.test(value)
const isGuest = (value: unknown): value is Guest => {
  const guest = Object(value) as Partial<Record<keyof Guest, unknown>>
  return isText(guest.agent, part) && isText(guest.instance, instance)
}

/** Whether a signal of a kind has what it needs. Fields that are not known are left unread. */
const forms: { readonly [Kind in Signal['kind']]: (signal: Record<string, unknown>) => boolean } = {
  challenge: ({ nonce }) => isText(nonce, token),
  join: signal =>
    isGuest(signal) && isText(signal.namespace, part) && isText(signal.nonce, token) && isText(signal.proof, token),
  welcome: ({ proof, windowBytes, guests }) =>
    isText(proof, token) &&
    Number.isInteger(windowBytes) &&
    (windowBytes as number) > 0 &&
    Array.isArray(guests) &&
    guests.every(isGuest),
  refuse: ({ code, message }) => isText(code, /^[A-Z0-9_]{1,60}$/) && isText(message, /^.{0,500}$/s),
  joined: isGuest,
  left: signal => isText(signal.instance, instance),
}

export function toSignal(signal: Signal): string {
  return JSON.stringify(signal)
}

/** Reads a text message. Throws `SM_WEBSOCKET_PROTOCOL`. */
export function fromSignal(text: string): Signal {
  let signal: unknown
  try {
    signal = JSON.parse(text)
  } catch (cause) {
    throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A text message is no JSON', { cause })
  }
  const { kind } = Object(signal) as { kind?: unknown }
  const isKnown = typeof kind === 'string' && Object.hasOwn(forms, kind)
  if (!isKnown || !forms[kind as Signal['kind']](signal as Record<string, unknown>)) {
    throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A text message has no form that is known')
  }
  return signal as Signal
}
