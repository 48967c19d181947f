import { type Cancel, type Clock, fraction, type Random } from '@sm/core/transport'
import { Bonjour, type Browser, type Service, type ServiceConfig } from 'bonjour-service'
import { lanetError } from '../errors.ts'
import type { Announcement } from './discovery.ts'
import { formatHostPort } from './host-port.ts'
import { ownAddresses } from './interfaces.ts'
import { MulticastWire } from './multicast-wire.ts'
import { type Heard, PacketFilter } from './packet-filter.ts'
import { fromTxt, toTxt } from './txt-record.ts'

const service = { type: 'smartmessage', protocol: 'tcp' } as const

/** How often the interfaces are looked at, in milliseconds. */
const interfacesMs = 2_000

/** When it is asked again who is there, in milliseconds after the start: multicast is not sent twice by itself. */
const firstQuestionsMs = [250, 1_000, 3_000]

/** After how long without any question on the network it is asked again, in milliseconds: this and up to as much more. */
const questionMs = 20_000

/** Most services that the browser keeps. */
const maxServices = 1_024

/** Most addresses of one peer that are believed. */
const maxAddresses = 8

/** How long a goodbye may take, in milliseconds. */
const goodbyeMs = 500

export interface MdnsListener {
  found(announcement: Announcement, addresses: readonly string[]): void
  lost(instance: string): void
  fault(error: unknown): void
}

export interface MdnsContext {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Announces this agent by multicast DNS and hears the others. Who is killed says no goodbye, and its record lives on: that
 * it is dead shows by its link.
 */
export class Mdns {
  readonly #self: Announcement
  readonly #context: MdnsContext
  readonly #listener: MdnsListener
  readonly #wire: MulticastWire
  readonly #filter: PacketFilter
  readonly #timers = new Map<string, Cancel>()
  #bonjour: Bonjour | undefined
  #browser: Browser | undefined
  /** Takes the packets for the parser of the present {@link Bonjour}. */
  #parse: (packet: Buffer, from: Heard) => void = () => {}
  #epoch = 0
  #overfull = false
  #unreadable = false
  #closed = false

  /** `host` is the address that others dial, where that is not every address of this machine. */
  constructor(self: Announcement, host: string | undefined, context: MdnsContext, listener: MdnsListener) {
    const { namespace, instance } = self
    const fault = (error: unknown) => listener.fault(error)
    this.#self = self
    this.#context = context
    this.#listener = listener
    this.#filter = new PacketFilter({
      ...context,
      asked: [`_${service.type}`, '_dns-sd', instance],
      answered: `namespace=${namespace}`,
      pass: (packet, from) => this.#read(packet, from),
    })
    this.#wire = new MulticastWire(host, (packet, from) => this.#filter.take(packet, from), fault)
  }

  /** Resolves when this agent is announced and the others have been asked. */
  async start(): Promise<void> {
    await this.#wire.refresh()
    if (this.#closed) return
    this.#renew()
    for (const ms of firstQuestionsMs) this.#later(`question ${ms}`, ms, () => this.#ask())
    this.#askNowAndThen()
    this.#watchInterfaces()
  }

  /** Forgets what was heard of a peer, and asks again: if it is alive it is found anew. */
  doubt(instance: string): void {
    const services = this.#browser?.services ?? []
    const i = services.findIndex(({ name }) => name === instance)
    if (i >= 0) services.splice(i, 1)
    this.#filter.reset()
    this.#ask()
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const cancel of this.#timers.values()) cancel()
    this.#filter.close()
    this.#browser?.stop()
    const bonjour = this.#bonjour
    if (bonjour) {
      await new Promise<void>(resolve => {
        const cancel = this.#context.clock.schedule(resolve, goodbyeMs, { keepAlive: true })
        bonjour.unpublishAll(() => {
          cancel()
          resolve()
        })
      })
      bonjour.destroy()
    }
    this.#wire.close()
  }

  /** Announces this agent with the addresses that it has now, and begins to browse. Without a goodbye: it has not left. */
  #renew(): void {
    this.#browser?.stop()
    this.#bonjour?.destroy()
    this.#filter.reset()
    this.#epoch += 1
    const options = { socket: this.#socket(), bind: false } as unknown as Partial<ServiceConfig>
    const bonjour = new Bonjour(options, (cause: unknown) => this.#failed(cause))
    const { instance, port } = this.#self
    const host = `sm-${instance.toLowerCase()}.local`
    // The name is unique by itself: probing for another of that name would take most of a second.
    bonjour.publish({ ...service, name: instance, port, host, txt: toTxt(this.#self, this.#epoch), probe: false })
    this.#bonjour = bonjour
    this.#browse(bonjour)
  }

  #browse(bonjour: Bonjour): void {
    this.#overfull = false
    const browser = bonjour.find(service)
    browser.on('up', found => this.#found(found))
    browser.on('txt-update', found => this.#found(found))
    browser.on('srv-update', found => this.#found(found))
    browser.on('down', ({ name }) => this.#listener.lost(name))
    this.#browser = browser
  }

  /** The part of a bound socket that `multicast-dns`, which is below `bonjour-service`, uses. */
  #socket() {
    const wire = this.#wire
    return {
      on: (name: string, listener: (packet: Buffer, from: Heard) => void) => {
        if (name === 'message') this.#parse = listener
      },
      send: (
        packet: Buffer,
        _at: number,
        _bytes: number,
        _port: number,
        _to: string,
        done: (error?: unknown) => void,
      ) => wire.send(packet, done),
      close: (done: () => void) => process.nextTick(done),
    }
  }

  /** Anybody can send anything here: what the parser chokes on harms nobody, and is told once. */
  #read(packet: Buffer, from: Heard): void {
    try {
      this.#parse(packet, from)
    } catch (cause) {
      if (this.#unreadable) return
      this.#unreadable = true
      this.#listener.fault(lanetError('SM_LANET_MDNS', `${from.address} sends what cannot be read`, { cause }))
    }
  }

  #found(found: Service): void {
    const announcement = fromTxt(found.txt, found.port)
    const services = this.#browser?.services ?? []
    if (services.length > maxServices && !this.#overfull) this.#overflow()
    if (!announcement || announcement.instance !== found.name) return
    if (announcement.namespace !== this.#self.namespace || announcement.instance === this.#self.instance) return
    this.#listener.found(announcement, addressesOf(found))
  }

  /** Somebody floods the network: nothing more is taken until it is asked anew. */
  #overflow(): void {
    this.#overfull = true
    this.#browser?.stop()
    this.#listener.fault(lanetError('SM_LANET_MDNS', `More than ${maxServices} services are announced`))
  }

  #ask(): void {
    if (this.#closed || !this.#bonjour) return
    if (this.#overfull) this.#browse(this.#bonjour)
    else this.#browser?.update()
  }

  /** Answers reach everybody, so one question for all is enough: who hears another's question need not ask. */
  #askNowAndThen(): void {
    const { clock, random } = this.#context
    const waitMs = questionMs * (1 + fraction(random))
    this.#later('question', waitMs, () => {
      if (clock.elapsed() - this.#filter.askedAt >= questionMs) this.#ask()
      this.#askNowAndThen()
    })
  }

  #watchInterfaces(): void {
    this.#later('interfaces', interfacesMs, async () => {
      const changed = await this.#wire.refresh()
      if (this.#closed) return
      if (changed) this.#renew()
      this.#watchInterfaces()
    })
  }

  #later(name: string, delayMs: number, callback: () => void): void {
    this.#timers.set(name, this.#context.clock.schedule(callback, delayMs))
  }

  #failed(cause: unknown): void {
    if (!this.#closed) this.#listener.fault(lanetError('SM_LANET_MDNS', 'An announcement could not be sent', { cause }))
  }
}

/** Where to dial: first the address from which it was heard, then those that it tells of itself. */
function addressesOf({ referer, addresses = [], port }: Service): readonly string[] {
  const heard = referer as Heard | undefined
  const own = ownAddresses()
  const here = heard !== undefined && own.has(bare(heard.address))
  const told = addresses.flatMap(address => {
    // Machines have addresses in common that lead nowhere else, those of container bridges for one.
    if (!here && own.has(address)) return []
    if (!isLinkLocal(address)) return [address]
    // It means something only together with the interface; on this machine itself there are better ones.
    return heard && !here ? [`${address}%${heard.scope}`] : []
  })
  const hosts = new Set([...(heard ? [heard.address] : []), ...told])
  return [...hosts].slice(0, maxAddresses).map(host => formatHostPort({ host, port }))
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}

function bare(address: string): string {
  return address.split('%', 1)[0] as string
}
