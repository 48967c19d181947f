import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { lanetError } from '../errors.ts'
import { type Interface, listInterfaces } from './interfaces.ts'
import type { Heard } from './packet-filter.ts'

const port = 5_353
const groups = { 4: '224.0.0.251', 6: 'ff02::fb' } as const

/** Most interfaces that are used. */
const maxInterfaces = 32

interface Open {
  readonly place: Interface
  readonly socket: Socket
}

/**
 * Multicast DNS over every interface of this machine and both families, as if it were one socket. `bonjour-service` by itself
 * uses one interface and one family, and does not notice when addresses change or a send fails.
 */
export class MulticastWire {
  readonly #host: string | undefined
  readonly #onPacket: (packet: Buffer, from: Heard) => void
  readonly #onFault: (error: unknown) => void
  readonly #open = new Map<string, Open>()
  readonly #failing = new Set<string>()
  #closed = false

  /** `host` is the address that others dial, where that is not every address of this machine. */
  constructor(
    host: string | undefined,
    onPacket: (packet: Buffer, from: Heard) => void,
    onFault: (error: unknown) => void,
  ) {
    this.#host = host
    this.#onPacket = onPacket
    this.#onFault = onFault
  }

  /** Looks at the interfaces again. True when one has come, gone or changed its addresses. */
  async refresh(): Promise<boolean> {
    const places = new Map(
      listInterfaces(this.#host)
        .slice(0, maxInterfaces)
        .map(place => [`${place.family} ${place.id}`, place]),
    )
    let changed = false
    for (const [id, { socket }] of this.#open) {
      if (places.has(id)) continue
      socket.close()
      this.#open.delete(id)
      changed = true
    }
    for (const id of this.#failing) if (!places.has(id)) this.#failing.delete(id)
    const missing = [...places].filter(([id]) => !this.#open.has(id))
    const opened = await Promise.all(missing.map(([id, place]) => this.#openAt(id, place)))
    return changed || opened.includes(true)
  }

  /** Sends a packet over every interface. `done` is told the error only if it has left over none. */
  send(packet: Uint8Array, done: (error?: Error | null) => void): void {
    let left = this.#open.size
    let sent = false
    if (left === 0) process.nextTick(done)
    for (const [id, { place, socket }] of this.#open) {
      socket.send(packet, port, groups[place.family], error => {
        if (error) this.#fault(id, place, error)
        else {
          sent = true
          this.#failing.delete(id)
        }
        left -= 1
        if (left === 0) done(sent ? undefined : error)
      })
    }
  }

  close(): void {
    this.#closed = true
    for (const { socket } of this.#open.values()) socket.close()
    this.#open.clear()
  }

  async #openAt(id: string, place: Interface): Promise<boolean> {
    const six = place.family === 6
    const socket = createSocket({ type: six ? 'udp6' : 'udp4', reuseAddr: true, ipv6Only: six })
    try {
      socket.bind({ port, address: six ? '::' : '0.0.0.0', exclusive: true })
      await once(socket, 'listening')
      socket.setMulticastTTL(255)
      socket.setMulticastLoopback(true)
      socket.setMulticastInterface(place.selector)
      socket.addMembership(groups[place.family], place.selector)
    } catch (error) {
      this.#fault(id, place, error)
      socket.close()
      return false
    }
    if (this.#closed) {
      socket.close()
      return false
    }
    socket.on('message', (packet, from) => this.#heard(place, packet, from))
    socket.on('error', error => this.#fault(id, place, error))
    this.#open.set(id, { place, socket })
    this.#failing.delete(id)
    return true
  }

  /** Every socket hears what any of them has joined: only what came from its own network is its own. */
  #heard(place: Interface, packet: Buffer, { address, family, port, size }: RemoteInfo): void {
    if (place.hasNeighbour(address)) this.#onPacket(packet, { address, family, port, size, scope: place.name })
  }

  /** Tells of an interface once, until it works again. */
  #fault(id: string, { name, family }: Interface, cause: unknown): void {
    if (this.#closed || this.#failing.has(id)) return
    this.#failing.add(id)
    this.#onFault(lanetError('SM_LANET_MDNS', `Multicast over ${name} (IPv${family}) does not work`, { cause }))
  }
}
