/** The part of a package without types that the benchmark uses. */
declare module '@hyperswarm/secret-stream' {
  import type { Socket } from 'node:net'
  import type { Duplex } from 'node:stream'

  interface KeyPair {
    readonly publicKey: Uint8Array
    readonly secretKey: Uint8Array
  }

  export default class SecretStream extends Duplex {
    static keyPair(): KeyPair
    /** Resolves with whether the handshake has succeeded. */
    readonly opened: Promise<boolean>
    constructor(isInitiator: boolean, socket: Socket, options?: { readonly keyPair?: KeyPair })
  }
}
