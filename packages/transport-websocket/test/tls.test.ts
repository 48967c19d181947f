import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { describe, it } from 'vitest'
import { createHub } from '../src/index.ts'

const Ping = defineMessage('ping', { schema: unchecked<null>(), reply: unchecked<string>() })
const token = 'known to the agents of this test'

/** A certificate of one's own for localhost; undefined where there is no openssl to make one. */
function ownCertificate(): { readonly key: Buffer; readonly cert: Buffer } | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'sm-websocket-tls-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  try {
    const args = ['req', '-x509', '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert]
    execFileSync('openssl', args, { stdio: 'ignore' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe('over TLS', () => {
  it('agents reach a hub at a secure server, if they trust its certificate', async ({ skip }) => {
    const own = ownCertificate()
    if (!own) return skip('not run: there is no openssl to make a certificate')
    const server = createServer(own)
    server.listen(0)
    await once(server, 'listening')
    const hub = createHub({ token })
    hub.attach(server)
    const url = `wss://localhost:${(server.address() as AddressInfo).port}/`
    const start = (id: string, tls?: { ca: Buffer }) =>
      createAgent(id, { transports: { websocket: { url, token, ...(tls && { tls }) } } })
    await assert.rejects(start('wary'), ({ cause }) => {
      const { code, cause: why } = cause as { code: string; cause: { code: string } }
      assert.deepEqual([code, why.code], ['SM_WEBSOCKET_UNREACHABLE', 'DEPTH_ZERO_SELF_SIGNED_CERT'])
      return true
    })
    {
      await using one = await start('one', { ca: own.cert })
      await one.subscribe(Ping, () => 'pong').ready
      await using two = await start('two', { ca: own.cert })
      assert.equal(await two.request(Ping, null, { to: 'one' }), 'pong')
    }
    await hub.close()
    server.closeAllConnections()
    server.close()
  })
})
