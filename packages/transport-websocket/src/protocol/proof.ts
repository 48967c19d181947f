import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { websocketError } from '../errors.ts'
import { subprotocol } from './packet.ts'
import type { Guest } from './signals.ts'

/** Whose proof it is: that of one side is none for the other. */
export type Side = 'agent' | 'hub'

/** The facts of a handshake that both sides know. */
export interface Handshake extends Guest {
  readonly namespace: string
  /** Chosen by the hub, and by the agent: an old proof is none. */
  readonly hubNonce: string
  readonly agentNonce: string
}

const minTokenLength = 16

/** Throws `SM_WEBSOCKET_OPTIONS` for a token that is soon guessed. */
export function requireToken(token: string | undefined): void {
  if (token === undefined || (typeof token === 'string' && token.length >= minTokenLength)) return
  throw websocketError('SM_WEBSOCKET_OPTIONS', `The token is not a text of ${minTokenLength} characters or more`, {
    details: { option: 'token' },
  })
}

export function createNonce(): string {
  return randomBytes(24).toString('base64url')
}

/** Proves that a side knows the token, which itself never leaves it. Without a token there is nothing to prove. */
export function prove(side: Side, token: string | undefined, handshake: Handshake): string {
  if (token === undefined) return ''
  const { hubNonce, agentNonce, namespace, agent, instance } = handshake
  return createHmac('sha256', token)
    .update([subprotocol, side, hubNonce, agentNonce, namespace, agent, instance].join('\n'))
    .digest('base64url')
}

/** Whether the other side knows the token. Who has none believes everyone. */
export function isProved(proof: string, side: Side, token: string | undefined, handshake: Handshake): boolean {
  if (token === undefined) return true
  const expected = Buffer.from(prove(side, token, handshake))
  const given = Buffer.from(proof)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
