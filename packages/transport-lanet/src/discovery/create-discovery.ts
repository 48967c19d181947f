import { type Clock, type Random, sleep } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import type { Announcement, Discovery, DiscoveryListener, FoundPeer, Probe, SeenPeer } from './discovery.ts'
import { formatHostPort } from './host-port.ts'
import { ownAddresses } from './interfaces.ts'
import { Listening } from './listening.ts'
import { Mdns } from './mdns.ts'
import { type DiscoveryOptions, type DiscoverySettings, toDiscoverySettings } from './options.ts'
import { Prober } from './prober.ts'
import { Scan } from './scan.ts'
import { Sightings } from './sightings.ts'
import { StaticPeers } from './static-peers.ts'
import { UnreachablePeers } from './unreachable-peers.ts'

/** How long a start listens at most where nobody has said how long it shall, in milliseconds. */
const mostListenMs = 150

export interface DiscoveryContext {
  readonly clock: Clock
  readonly random: Random
}

/** Finds peers by multicast DNS, at listed places and by search, as the options say. Throws `SM_LANET_OPTIONS`. */
export function createDiscovery(
  options: DiscoveryOptions & { readonly host?: string },
  context: DiscoveryContext,
  probe: Probe,
): Discovery {
  return new LanDiscovery(toDiscoverySettings(options), options.host, context, probe)
}

/** The means of discovery and announcement, once they have begun. */
interface Means {
  readonly prober: Prober
  readonly unreachable: UnreachablePeers
  readonly mdns: Mdns | undefined
  readonly places: StaticPeers
  readonly scan: Scan | undefined
}

class LanDiscovery implements Discovery {
  readonly #settings: DiscoverySettings
  readonly #host: string | undefined
  readonly #context: DiscoveryContext
  readonly #probe: Probe
  readonly #sightings: Sightings
  readonly #listening: Listening
  readonly #closing = new AbortController()
  #means: Means | undefined
  #crowded = false

  constructor(settings: DiscoverySettings, host: string | undefined, context: DiscoveryContext, probe: Probe) {
    this.#settings = settings
    this.#host = host
    this.#context = context
    this.#probe = probe
    this.#sightings = new Sightings(context.clock)
    this.#listening = new Listening(context.clock, mostListenMs)
  }

  async start(self: Announcement, listener: DiscoveryListener): Promise<void> {
    const means = this.#createMeans(self, listener)
    const { mdns, places, scan } = means
    this.#means = means
    await mdns?.start()
    const { listenMs } = this.#settings
    // Closing ends the wait.
    const late = sleep(this.#context.clock, listenMs ?? mostListenMs, this.#closing.signal).catch(() => undefined)
    const heard = mdns && (listenMs === undefined ? this.#listening.run() : late)
    await Promise.race([late, Promise.all([heard, places.start(), scan?.start()])])
    this.#listening.end()
  }

  discover(): readonly SeenPeer[] {
    return this.#sightings.list()
  }

  forget(instance: string): void {
    void this.#means?.unreachable.check(instance)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const { prober, unreachable, mdns, places, scan } = this.#means ?? {}
    prober?.close()
    unreachable?.close()
    places?.close()
    scan?.close()
    await mdns?.close()
  }

  #createMeans(self: Announcement, listener: DiscoveryListener): Means {
    const { clock, random } = this.#context
    const settings = this.#settings
    const saw = (found: FoundPeer, proved: boolean) => this.#saw(found, proved, listener)
    const onFault = (error: unknown) => listener.fault(error)
    const lost = (instance: string) => {
      if (!this.#sightings.remove(instance)) return
      listener.lost(instance)
      places.wake()
    }
    const prober = new Prober({
      clock,
      probe: this.#probe,
      self,
      onAnswer: ({ agent, instance, fingerprint }, address, by) =>
        saw({ agent, instance, fingerprint, network: undefined, addresses: [address], by }, true),
    })
    const mdns = settings.mdns
      ? new Mdns(self, this.#host, this.#context, {
          found: ({ agent, instance, fingerprint, network }, addresses) =>
            saw({ agent, instance, fingerprint, network, addresses, by: 'mdns' }, false),
          lost,
          fault: onFault,
        })
      : undefined
    const isTaken = (address: string) => this.#sightings.isAt(address)
    const places = new StaticPeers({ places: settings.peers, clock, random, prober, isTaken, onFault })
    const own = () => new Set([...ownAddresses()].map(host => formatHostPort({ host, port: self.port })))
    const scan = settings.scan && new Scan(settings.scan, { clock, random, prober, isTaken, own })
    const unreachable = new UnreachablePeers({
      clock,
      prober,
      look: instance => this.#sightings.get(instance),
      ask: instance => mdns?.doubt(instance),
      onLost: lost,
    })
    return { prober, unreachable, mdns, places, scan }
  }

  #saw(found: FoundPeer, proved: boolean, listener: DiscoveryListener): void {
    if (this.#closing.signal.aborted) return
    this.#listening.heard(found.instance)
    const seen = this.#sightings.saw(found, proved)
    if (seen) listener.found(seen)
    else if (!this.#crowded) {
      this.#crowded = true
      listener.fault(lanetError('SM_LANET_MDNS', 'More peers are announced than are kept'))
    }
  }
}
