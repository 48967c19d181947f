import type { Socket } from 'node:net'
import { abortable, isSmError } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import type { Credentials } from '../keys/credentials.ts'
import { formatKey } from '../keys/key-text.ts'
import { fingerprintOf } from '../keys/trusted-keys.ts'
import type { CipherState } from '../noise/cipher-state.ts'
import { HandshakeState } from '../noise/handshake-state.ts'
import { keyBytes, tagBytes } from '../noise/primitives.ts'
import { type Claim, decodeClaim, encodeClaim, maxClaimBytes } from './claim.ts'
import { HandshakeChannel } from './handshake-channel.ts'
import type { RecordReader } from './record-reader.ts'

/** Both sides must mean the same protocol. */
const prologue = Buffer.from('SmartMessage Lanet 1')

const nothing = new Uint8Array(0)
const sealedKeyBytes = keyBytes + tagBytes

/** The ciphers of one side. */
export interface Ciphers {
  readonly send: CipherState
  readonly receive: CipherState
}

/** The result of a handshake: what it has proved, and the ciphers that go with it. */
export interface Proof extends Ciphers {
  readonly claim: Claim
  /** The public key of the other side, as text. */
  readonly publicKey: string
  readonly fingerprint: string
  /** The bytes that have come in beyond the handshake. */
  readonly reader: RecordReader
}

/** Throws `SM_LANET_UNTRUSTED` for a public key that is not in the list, where there is one. */
function requireTrusted({ trusted }: Credentials, publicKey: Uint8Array | undefined): Uint8Array {
  const key = publicKey as Uint8Array
  if (trusted && !trusted.has(formatKey(key))) {
    const what = `The public key with the fingerprint ${fingerprintOf(key)} is not trusted`
    throw lanetError('SM_LANET_UNTRUSTED', what, { details: { fingerprint: fingerprintOf(key) } })
  }
  return key
}

function toProof(claim: Claim, key: Uint8Array, ciphers: Ciphers, channel: HandshakeChannel): Proof {
  return { ...ciphers, claim, publicKey: formatKey(key), fingerprint: fingerprintOf(key), reader: channel.release() }
}

/** Within a handshake, what cannot be decrypted was most likely encrypted with another network key. */
async function explained(proof: Promise<Proof>): Promise<Proof> {
  try {
    return await proof
  } catch (error) {
    if (!isSmError(error) || error.code !== 'SM_LANET_TAMPERED') throw error
    const what = 'The other end has another network key, or what it said was changed on its way'
    throw lanetError('SM_LANET_HANDSHAKE', what, { cause: error })
  }
}

async function initiateAs(socket: Socket, credentials: Credentials, own: Claim, signal: AbortSignal): Promise<Proof> {
  const { identity, psk } = credentials
  const state = new HandshakeState({ initiator: true, prologue, identity, psk })
  const channel = new HandshakeChannel(socket, signal)
  channel.send(state.write(nothing))
  state.read(await channel.next(keyBytes + sealedKeyBytes + tagBytes))
  const key = requireTrusted(credentials, state.remoteStatic)
  channel.send(state.write(encodeClaim(own)))
  const answer = await channel.next(maxClaimBytes + tagBytes)
  const ciphers = state.split()
  const claim = decodeClaim(ciphers.receive.open(answer))
  return toProof(claim, key, ciphers, channel)
}

async function respondAs(
  socket: Socket,
  credentials: Credentials,
  own: Claim,
  signal: AbortSignal,
  turn: () => Promise<void>,
): Promise<Proof> {
  const { identity, psk } = credentials
  const channel = new HandshakeChannel(socket, signal)
  const first = await channel.next(keyBytes + (psk ? tagBytes : 0))
  await abortable(turn(), signal)
  const state = new HandshakeState({ initiator: false, prologue, identity, psk })
  state.read(first)
  channel.send(state.write(nothing))
  const last = state.read(await channel.next(sealedKeyBytes + maxClaimBytes + tagBytes))
  const key = requireTrusted(credentials, state.remoteStatic)
  const claim = decodeClaim(last)
  const ciphers = state.split()
  channel.send(ciphers.send.seal(encodeClaim(own)))
  return toProof(claim, key, ciphers, channel)
}

/**
 * The caller's side. It knows that the other has the network key only when it has decrypted that one's first record.
 * Rejects with `SM_LANET_HANDSHAKE`, `SM_LANET_UNTRUSTED`, or the reason of `signal`.
 */
export function initiate(...args: Parameters<typeof initiateAs>): Promise<Proof> {
  return explained(initiateAs(...args))
}

/**
 * The side that was called. `turn` is waited for before anything is computed for a stranger. Rejects as {@link initiate}
 * does.
 */
export function respond(...args: Parameters<typeof respondAs>): Promise<Proof> {
  return explained(respondAs(...args))
}
