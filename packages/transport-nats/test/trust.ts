import { createHash } from 'node:crypto'
import { nkeys } from '@nats-io/transport-node'

type KeyPair = ReturnType<typeof nkeys.createUser>

const encoded = (value: string | Uint8Array) => Buffer.from(value).toString('base64url')
const seconds = (ms: number) => Math.floor(ms / 1_000)

/** The statement of one key about another, signed: a JWT as nats-server reads it. */
function sign(by: KeyPair, subject: KeyPair, nats: object, expiresAt?: number): string {
  const claims = {
    ...{ iss: by.getPublicKey(), sub: subject.getPublicKey(), name: 'test', iat: seconds(Date.now()) },
    ...(expiresAt !== undefined && { exp: seconds(expiresAt) }),
    nats: { version: 2, ...nats },
  }
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex')
  const head = encoded(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }))
  const text = `${head}.${encoded(JSON.stringify({ jti, ...claims }))}`
  return `${text}.${encoded(by.sign(Buffer.from(text)))}`
}

const unlimited = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
}
const withJetStream = { ...unlimited, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }

/** The rights of a user, and until when. */
export interface Rights {
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
  readonly expiresAt?: number
}

/** An account of an {@link Operator}. */
class Account {
  readonly jwt: string
  readonly #key = nkeys.createAccount()

  constructor(operator: KeyPair, limits: object) {
    this.jwt = sign(operator, this.#key, { type: 'account', limits })
  }

  get id(): string {
    return this.#key.getPublicKey()
  }

  /** The text of a credentials file, as `nsc` makes them, of a new user. */
  credentials({ publish, subscribe, expiresAt }: Rights = {}): string {
    const user = nkeys.createUser()
    const rights = {
      pub: publish ? { allow: publish } : {},
      sub: subscribe ? { allow: subscribe } : {},
    }
    const jwt = sign(this.#key, user, { type: 'user', subs: -1, data: -1, payload: -1, ...rights }, expiresAt)
    return [
      ...['-----BEGIN NATS USER JWT-----', jwt, '------END NATS USER JWT------', ''],
      ...['-----BEGIN USER NKEY SEED-----', seedOf(user), '------END USER NKEY SEED------', ''],
    ].join('\n')
  }
}

function seedOf(key: KeyPair): string {
  return Buffer.from(key.getSeed()).toString()
}

/** The operator that a server trusts, with an account that has JetStream and one that has not. */
export class Operator {
  readonly #key = nkeys.createOperator()
  readonly #system = new Account(this.#key, unlimited)
  readonly kept = new Account(this.#key, withJetStream)
  readonly plain = new Account(this.#key, unlimited)

  /** Lines for the configuration of the server. */
  get config(): readonly string[] {
    const accounts = [this.#system, this.kept, this.plain]
    return [
      `operator: ${sign(this.#key, this.#key, { type: 'operator' })}`,
      `system_account: ${this.#system.id}`,
      'resolver: MEMORY',
      `resolver_preload: { ${accounts.map(({ id, jwt }) => `${id}: ${jwt}`).join(', ')} }`,
    ]
  }
}

/** The secrets that a credentials file holds: its JWT and its seed. */
export function secretsOf(credentials: string): readonly string[] {
  return credentials.split('\n').filter(line => line !== '' && !line.startsWith('-'))
}
