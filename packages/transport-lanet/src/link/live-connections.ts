import type { Socket } from 'node:net'
import type { Clock } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import type { Proof } from './handshake.ts'
import type { RekeyOptions } from './sealer.ts'
import { SecureConnection } from './secure-connection.ts'

/** The connections that have been authenticated and have not ended. */
export class LiveConnections {
  readonly #own: { readonly namespace: string; readonly clock: Clock }
  readonly #rekey: RekeyOptions
  readonly #live = new Set<SecureConnection>()

  constructor(own: { readonly namespace: string; readonly clock: Clock }, rekey: RekeyOptions) {
    this.#own = own
    this.#rekey = rekey
  }

  /**
   * Takes a socket over whose other end has proved who it is. Throws `SM_LANET_IDENTITY` when that cannot be, and
   * `SM_LANET_HANDSHAKE` when the other end has gone.
   */
  adopt(socket: Socket, proof: Proof): SecureConnection {
    const { namespace, agent, instance } = proof.claim
    const { clock, namespace: ownNamespace } = this.#own
    if (namespace !== ownNamespace) {
      throw lanetError('SM_LANET_IDENTITY', `${agent} is of the namespace ${namespace}, not of ${ownNamespace}`)
    }
    // It would never tell of its end, which has been.
    if (socket.destroyed) throw lanetError('SM_LANET_HANDSHAKE', `${agent}/${instance} hung up after the handshake`)
    for (const { identity, publicKey } of this.#live) {
      if (identity.instance === instance && publicKey !== proof.publicKey) {
        throw lanetError('SM_LANET_IDENTITY', `Another machine claims to be ${agent}/${instance}, which is linked`)
      }
    }
    const connection = new SecureConnection(socket, proof, clock, this.#rekey, () => this.#live.delete(connection))
    this.#live.add(connection)
    return connection
  }

  /** Ends the connections to those who are no longer trusted. */
  endUnless(isTrusted: (publicKey: string) => boolean): void {
    for (const connection of this.#live) {
      if (isTrusted(connection.publicKey)) continue
      connection.fail(lanetError('SM_LANET_UNTRUSTED', `The key of ${connection.remote} was revoked`))
    }
  }
}
