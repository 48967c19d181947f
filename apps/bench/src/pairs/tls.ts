import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'
import type { Place } from '../pair.ts'
import { createCertificate } from './certificate.ts'
import { listening, type Medium } from './raw.ts'
import { addressOf } from './tcp.ts'

const fileOf = ({ directory }: Place, index: number) => join(directory, `${index}.pem`)

/** Each end shows the certificate of the place, and takes no other. */
const identityOf = (pem: string) => ({ key: pem, cert: pem, ca: pem, minVersion: 'TLSv1.3' }) as const

const identities = new Map<string, SecureContext>()

/** The facts that the near end reads of a place once, however often it connects. */
async function identityAt(path: string): Promise<SecureContext> {
  const identity = identities.get(path) ?? createSecureContext(identityOf(await readFile(path, 'utf8')))
  identities.set(path, identity)
  return identity
}

/** TLS 1.3 over TCP without Nagle's algorithm; both ends prove who they are. */
export const tls: Medium = {
  async listen(place, index, accept) {
    const pem = createCertificate()
    await writeFile(fileOf(place, index), pem, { mode: 0o600 })
    const mutual = { requestCert: true, rejectUnauthorized: true }
    const server = createServer({ ...identityOf(pem), ...mutual, noDelay: true }, accept)
    return listening(server, () => server.listen(addressOf(place, index)))
  },
  async connect(place, index): Promise<TLSSocket> {
    const socket = connect({
      secureContext: await identityAt(fileOf(place, index)),
      ...addressOf(place, index),
      // The certificate is not of an address: that it is the one of the place is proof enough.
      checkServerIdentity: () => undefined,
    })
    await once(socket, 'secureConnect')
    return socket.setNoDelay(true)
  },
}
