/** What the benchmark uses of a package that comes without types. */
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
