import { type KeyPair, primitivesReady, randomKey, shortHash, toKeyPair, wipe } from '../noise/primitives.ts'
import { openKeyDirectory } from './key-directory.ts'
import { readOrMakeKey } from './key-file.ts'
import { formatKey, parseKey } from './key-text.ts'
import { fingerprintOf, TrustedKeys } from './trusted-keys.ts'

/** Whom to trust, and where keys are kept. */
export interface KeyOptions {
  /**
   * Trusts every machine that has this key: 32 bytes in base64. Default, unless `publicKeys` are given: `SM_LANET_KEY`, else
   * the file `lanet.key` in `keyDirectory`, which is made on first use.
   */
  readonly networkKey?: string
  /**
   * Trusts the machines with these public keys and no other, as a list or as `TrustedKeys`, which can change while agents
   * run. With `networkKey` as well, a machine needs both.
   */
  readonly publicKeys?: readonly string[] | TrustedKeys
  /**
   * Directory of this machine's own key, `lanet.identity`, and of `lanet.key`, from the root. Default:
   * `$XDG_CONFIG_HOME/sm`, else `~/.config/sm`.
   */
  readonly keyDirectory?: string
}

/** The identity of this side, and whom it trusts. */
export interface Credentials {
  readonly identity: KeyPair
  readonly fingerprint: string
  /** The network key; undefined where trust is a list of public keys alone. */
  readonly psk: Uint8Array | undefined
  /** Names the network key, without telling it; empty where there is none. */
  readonly network: string
  /** Undefined where everyone with the network key is trusted. */
  readonly trusted: TrustedKeys | undefined
}

/** Reads the keys, and makes those that are not there yet. Throws `SM_LANET_KEY` or `SM_LANET_KEY_FILE`. */
export async function openCredentials({ networkKey, publicKeys, keyDirectory }: KeyOptions): Promise<Credentials> {
  const trusted =
    publicKeys === undefined || publicKeys instanceof TrustedKeys ? publicKeys : new TrustedKeys(publicKeys)
  await primitivesReady()
  const directory = openKeyDirectory(keyDirectory)
  const identity = readIdentity(directory)
  const psk = findNetworkKey(networkKey, trusted !== undefined, directory)
  const fingerprint = fingerprintOf(identity.publicKey)
  return { identity, fingerprint, psk, network: psk ? shortHash(Buffer.from('lanet network'), psk) : '', trusted }
}

/** The public key of this machine and user, which others list in `publicKeys`. It is made on first use. */
export async function lanetPublicKey(keyDirectory?: string): Promise<string> {
  await primitivesReady()
  const { publicKey, privateKey } = readIdentity(openKeyDirectory(keyDirectory))
  wipe(privateKey)
  return formatKey(publicKey)
}

function readIdentity(directory: string): KeyPair {
  return toKeyPair(readOrMakeKey(directory, 'lanet.identity', randomKey))
}

function findNetworkKey(given: string | undefined, listed: boolean, directory: string): Uint8Array | undefined {
  if (given !== undefined) return parseKey(given, 'The option networkKey')
  if (listed) return undefined
  const { SM_LANET_KEY } = process.env
  if (SM_LANET_KEY) return parseKey(SM_LANET_KEY, 'The variable SM_LANET_KEY')
  return readOrMakeKey(directory, 'lanet.key', randomKey)
}
