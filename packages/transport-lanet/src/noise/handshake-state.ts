import { lanetError } from '../errors.ts'
import type { CipherState } from './cipher-state.ts'
import { agree, generateKeyPair, type KeyPair, keyBytes, tagBytes, wipe } from './primitives.ts'
import { SymmetricState } from './symmetric-state.ts'

/** The tokens of a message of the handshake. `es` is the agreement of the initiator's ephemeral and the other's static key. */
type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'psk'

const patterns: Readonly<Record<'XX' | 'XXpsk3', readonly (readonly Token[])[]>> = {
  XX: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  XXpsk3: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
}

export interface HandshakeOptions {
  readonly initiator: boolean
  /** The protocol name, which both sides must agree on without saying it. */
  readonly prologue: Uint8Array
  /** Lasting keys of this side. */
  readonly identity: KeyPair
  /** A key that both sides had before: with it the pattern is XXpsk3, without it XX. */
  readonly psk?: Uint8Array | undefined
  /** Keys for this handshake alone. Given by published test vectors only; by default fresh ones. */
  readonly ephemeral?: KeyPair
}

/**
 * One side of a Noise handshake, `Noise_XX(psk3)_25519_ChaChaPoly_BLAKE2b` (revision 34 of the specification): three messages,
 * of which the initiator writes the first and the third.
 */
export class HandshakeState {
  readonly #initiator: boolean
  readonly #identity: KeyPair
  readonly #psk: Uint8Array | undefined
  readonly #symmetric: SymmetricState
  readonly #messages: (readonly Token[])[]
  #ephemeral: KeyPair
  #remoteEphemeral: Uint8Array | undefined
  #remoteStatic: Uint8Array | undefined

  constructor({ initiator, prologue, identity, psk, ephemeral }: HandshakeOptions) {
    const pattern = psk ? 'XXpsk3' : 'XX'
    this.#initiator = initiator
    this.#identity = identity
    this.#psk = psk
    this.#ephemeral = ephemeral ?? generateKeyPair()
    this.#messages = [...patterns[pattern]]
    this.#symmetric = new SymmetricState(`Noise_${pattern}_25519_ChaChaPoly_BLAKE2b`)
    this.#symmetric.mixHash(prologue)
  }

  /** The lasting public key of the other side, once it has sent it. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic
  }

  write(payload: Uint8Array): Buffer {
    const parts: Uint8Array[] = []
    for (const token of this.#messages.shift() ?? []) {
      if (token === 'e') {
        parts.push(this.#ephemeral.publicKey)
        this.#mixEphemeral(this.#ephemeral.publicKey)
      } else if (token === 's') parts.push(this.#symmetric.encryptAndHash(this.#identity.publicKey))
      else this.#mix(token)
    }
    return Buffer.concat([...parts, this.#symmetric.encryptAndHash(payload)])
  }

  /** Returns the payload. Throws `SM_LANET_HANDSHAKE` or `SM_LANET_TAMPERED`. */
  read(message: Buffer): Buffer {
    let at = 0
    const take = (bytes: number) => {
      if (at + bytes > message.length) throw lanetError('SM_LANET_HANDSHAKE', 'A message of a handshake is too short')
      at += bytes
      return message.subarray(at - bytes, at)
    }
    for (const token of this.#messages.shift() ?? []) {
      if (token === 'e') {
        this.#remoteEphemeral = Uint8Array.from(take(keyBytes))
        this.#mixEphemeral(this.#remoteEphemeral)
      } else if (token === 's') {
        this.#remoteStatic = Uint8Array.from(this.#symmetric.decryptAndHash(take(keyBytes + tagBytes)))
      } else this.#mix(token)
    }
    return this.#symmetric.decryptAndHash(message.subarray(at))
  }

  /** The ciphers of this side, after the third message. */
  split(): { readonly send: CipherState; readonly receive: CipherState } {
    const [fromInitiator, fromResponder] = this.#symmetric.split()
    wipe(this.#ephemeral.privateKey)
    return this.#initiator
      ? { send: fromInitiator, receive: fromResponder }
      : { send: fromResponder, receive: fromInitiator }
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey)
    if (this.#psk) this.#symmetric.mixKey(publicKey)
  }

  #mix(token: Exclude<Token, 'e' | 's'>): void {
    if (token === 'psk') {
      this.#symmetric.mixKeyAndHash(this.#psk as Uint8Array)
      return
    }
    const [initiator, responder] = token
    const [own, other] = this.#initiator ? [initiator, responder] : [responder, initiator]
    const { privateKey } = own === 'e' ? this.#ephemeral : this.#identity
    const publicKey = other === 'e' ? this.#remoteEphemeral : this.#remoteStatic
    const secret = agree(privateKey, publicKey as Uint8Array)
    this.#symmetric.mixKey(secret)
    wipe(secret)
  }
}
