/** Discovery alone, in a process of its own. It answers whoever connects with what it is, in one line of JSON: no handshake. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { createUlids, isSmError, systemClock, systemRandom } from '@sm/core/transport'
import type { Told } from '../../../../tooling/test/program.ts'
import { createDiscovery } from '../../src/discovery/create-discovery.ts'
import type { Answer, Probe } from '../../src/discovery/discovery.ts'
import { type HostPort, parseHostPort } from '../../src/discovery/host-port.ts'
import type { DiscoveryOptions } from '../../src/discovery/options.ts'

const { namespace, agent, port, options } = JSON.parse(process.argv[2] as string) as {
  readonly namespace: string
  readonly agent: string
  readonly port?: number
  readonly options: DiscoveryOptions & { readonly host?: string }
}
const instance = createUlids(systemClock, systemRandom).next()
const tell = (told: Told) => void (process.connected && process.send?.(told))

const answer: Answer = { namespace, agent, instance, fingerprint: 'none' }
const server = createServer(socket => {
  socket.on('error', () => undefined)
  socket.end(JSON.stringify(answer))
})
server.listen(port ?? 0, options.host)
await once(server, 'listening')

let probes = 0
const probe: Probe = async (address, signal) => {
  probes += 1
  const { host, port } = parseHostPort(address) as HostPort
  const socket = connect({ host, port })
  signal.addEventListener('abort', () => socket.destroy())
  return JSON.parse(await text(socket)) as Answer
}

const discovery = createDiscovery(options, { clock: systemClock, random: systemRandom }, probe)
const self = { namespace, agent, instance, wire: '1.0', fingerprint: 'none', network: 'home' }
const began = performance.now()
/** When each peer was first found, in milliseconds after the start. */
const found = new Map<string, number>()
const lost: string[] = []
const faults: string[] = []
const listener = {
  found: (peer: { readonly instance: string }) => {
    if (!found.has(peer.instance)) found.set(peer.instance, performance.now() - began)
  },
  lost: (instance: string) => void lost.push(instance),
  fault: (error: unknown) => void faults.push(isSmError(error) ? error.code : String(error)),
}
await discovery.start({ ...self, port: (server.address() as AddressInfo).port }, listener)

process.on('message', async ({ kind, ...rest }: Told) => {
  if (kind === 'close') await discovery.close()
  if (kind === 'forget') discovery.forget(rest.instance as string)
  tell({ kind, seen: discovery.discover(), found: [...found], lost, faults, probes })
})
process.on('disconnect', () => process.exit())
tell({ kind: 'ready', instance, port: (server.address() as AddressInfo).port })
