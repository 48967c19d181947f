import type { Delivery, Peer, Transport, TransportSubscription } from '../contract/index.ts'
import { isSmError } from '../errors/index.ts'
import { type Cancel, evenHash, fraction, isPromise, type Unlisten } from '../kernel/index.ts'
import { type Address, controlTypes, type Frame, parseAgentRef } from '../message/index.ts'
import { CardPulls } from './card-pulls.ts'
import { Enquiry, type Question } from './enquiry.ts'
import { digestOf, type Fingerprint, isChosen, mayBeChosen } from './fingerprint.ts'
import type { KnownInstance } from './known-instance.ts'
import type { LivePeers } from './live-peers.ts'
import type { PresenceHost } from './presence-host.ts'
import { type Ask, invalidPresence, type PresenceMessage, readPresence, type ToldCard } from './presence-message.ts'
import { snapshotParts, toldCards } from './snapshot.ts'

/** Shortest time between two heartbeats, in milliseconds, and how much it grows with each instance that is known. */
const minPeriodMs = 5_000
const periodPerInstanceMs = 20
/** How many heartbeats may be missed. */
const missable = 3
/** Longest time for which a word holds, in milliseconds. */
const maxTtlMs = 900_000
/** How often those who have only just come leave a question to others. */
const patientTries = 2

/** The presence of an agent on one of its transports: it says who is here, and hears who else is. */
export class PresenceWire {
  readonly transport: Transport
  readonly #self: Fingerprint
  readonly #peers: LivePeers
  readonly #host: PresenceHost
  readonly #enquiry: Enquiry
  readonly #unlisten: Unlisten
  readonly #pulls: CardPulls
  #subscriptions: readonly TransportSubscription[] = []
  #beat: Cancel | undefined
  #hasJoined = false
  #isConfirmed = false
  /** Whether what was said there since the start has come back. */
  #isEchoed = false
  /** Whether the transport tells by itself who is there, so that nobody has to say it again and again. */
  #tellsPeers = false
  #sent = { seq: -1, at: 0 }
  #isClosed = false

  constructor(transport: Transport, peers: LivePeers, host: PresenceHost) {
    const { clock, ids } = host
    this.transport = transport
    this.#peers = peers
    this.#host = host
    this.#self = { idHash: evenHash(host.self.instance) }
    this.#enquiry = new Enquiry({
      ...{ clock, ids },
      known: () => host.roster.heardOn(this.name),
      ask: question => this.#ask(question),
      onAnswered: isFirst => this.#answered(isFirst),
    })
    this.#pulls = new CardPulls({
      clock,
      missing: () => this.#others().flatMap(({ card, instance }) => (card ? [] : instance)),
      ask: instance => this.#say(toOne(instance), this.#here({ want: true })),
    })
    this.#unlisten = transport.on('state', ({ state, previous }) => {
      if (state === 'ready' && previous === 'degraded') this.#join()
      host.stateChanged()
    })
  }

  get name(): string {
    return this.transport.name
  }

  /** Listens, says who is here and asks who else is. Resolves once others are heard. */
  async start(): Promise<void> {
    this.#peers.follow((change, peer) => this.#peerChanged(change, peer))
    const { agent, instance } = this.#host.self
    const shared = { group: `${agent}/${instance}`, prefetch: 64, durable: false, delivery: 'at-most-once' } as const
    const listen = ({ topic }: Topic) =>
      this.transport.subscribe({ target: { kind: 'pattern', pattern: topic }, ...shared }, each => this.#take(each))
    this.#subscriptions = [toAll, toOne(instance)].map(listen)
    await Promise.all(this.#subscriptions.map(({ ready }) => ready))
    this.#join()
    this.#scheduleBeat()
  }

  /** Says who is here. */
  announce(): void {
    this.#announce({})
  }

  /** Says that this instance leaves, and nothing more. */
  leave(): void {
    if (this.#isClosed) return
    this.#say(toAll, { is: 'left', seq: this.#host.seq() })
    this.#isClosed = true
    this.#unlisten()
    this.#peers.close()
    this.#enquiry.close()
    this.#beat?.()
    this.#pulls.close()
  }

  /** Leaves, and takes its subscriptions off a transport that goes on. */
  async close(): Promise<void> {
    this.leave()
    await Promise.all(this.#subscriptions.map(subscription => subscription.close()))
  }

  #join(): void {
    if (this.#isClosed) return
    this.#hasJoined = true
    this.#isConfirmed = false
    this.#isEchoed = false
    this.#host.roster.complete(this.name, this.#tellsPeers)
    if (this.#tellsPeers) this.#announce({ want: true })
    else this.#enquiry.begin()
  }

  /** Others have answered, or stay silent. The first answer may miss who came at the same time. */
  #answered(isFirst: boolean): void {
    this.#isConfirmed ||= !isFirst
    this.#settle()
  }

  /** Where nothing comes back, silence says nothing. */
  #settle(): void {
    if (this.#isConfirmed && this.#isEchoed) this.#host.roster.complete(this.name, true)
  }

  /** The transport tells by itself who is there: then nobody has to be asked. */
  #toldOfPeers(): void {
    this.#tellsPeers = true
    this.#enquiry.close()
    this.#host.roster.cameBack(this.name, undefined)
    this.#host.roster.complete(this.name, true)
  }

  #take(delivery: Delivery): void {
    delivery.ack()
    if (this.#isClosed) return
    const { frame } = delivery
    try {
      const message = readPresence(frame, this.#host.clock.now())
      const { agent, instance } = parseAgentRef(frame.header.from)
      if (instance === undefined) throw invalidPresence(frame, 'comes from no instance')
      if (instance === this.#host.self.instance) this.#echoed(message)
      else this.#heard(frame, agent, instance, message)
    } catch (error) {
      if (!isSmError(error)) throw error
      this.#host.fault(this.name, error)
    }
  }

  #heard(frame: Frame, agent: string, instance: string, message: PresenceMessage): void {
    const { roster } = this.#host
    if (message.is === 'left') roster.left(this.name, instance, message.seq)
    else if (message.is === 'snapshot') this.#told(message.nonce, message.isLast, message.cards)
    else if (this.#canBeHere(instance)) {
      const { seq } = message
      const ttlMs = Math.min(message.ttlMs, maxTtlMs)
      if (message.is === 'alive') {
        const known = roster.heard(this.name, agent, instance, { seq, ttlMs, load: message.load })
        if (known && known.card?.revision !== message.revision) this.#pulls.want(instance)
        return
      }
      if (message.is === 'ask') {
        if (roster.heard(this.name, agent, instance, { seq, ttlMs })) this.#answer(instance, message.ask)
        return
      }
      const { card, ask, want } = message
      if (card.agent !== agent || card.instance !== instance) throw invalidPresence(frame, `is about ${card.agent}`)
      if (!roster.heard(this.name, agent, instance, { seq, ttlMs, card })) return
      if (ask) this.#answer(instance, ask)
      if (want) this.#say(toOne(instance), this.#here({}))
    }
  }

  /** What was said in the name of this instance: by itself, or by somebody else. */
  #echoed(message: PresenceMessage): void {
    if (message.is === 'snapshot') return
    if (message.seq !== this.#sent.seq) {
      this.#host.impersonated(message.seq)
      return
    }
    if (!this.#tellsPeers) this.#host.roster.cameBack(this.name, this.#host.clock.elapsed() - this.#sent.at)
    this.#isEchoed = true
    this.#settle()
  }

  /** Everyone hears it with who asks, also the second time: of those who come at once each may have asked one who knew no more. */
  #ask({ nonce, tries }: Question): void {
    const ask = { nonce, tries, digest: digestOf(this.#others()) }
    if (tries === 0) this.#announce({ ask })
    else this.#say(toAll, { is: 'ask', seq: this.#host.seq(), ttlMs: this.#ttlMs, ask })
  }

  /** Whoever has only just come knows less than others, and answers when there are none, or when they do not. */
  #answer(asker: string, { nonce, tries, digest }: Ask): void {
    // The asker has been heard, and is one of them.
    const many = this.#host.roster.heardOn(this.name)
    if (!this.#isConfirmed && tries < patientTries && many > 1) return
    if (!mayBeChosen(this.#self, many, nonce, tries)) return
    const others = this.#others().filter(({ instance }) => instance !== asker)
    if (!isChosen(this.#self, others, nonce, tries)) return
    const isSame = digest === digestOf([this.#self, ...others])
    const cards = isSame ? [] : toldCards(this.#host, this.name, others, this.#ttlMs)
    for (const part of snapshotParts(nonce, cards)) this.#say(toOne(asker), part)
  }

  #told(nonce: string, isLast: boolean, cards: readonly ToldCard[]): void {
    if (!this.#enquiry.answers(nonce)) return
    const { roster, self } = this.#host
    for (const told of cards) {
      const { instance } = told.card
      if (instance === self.instance || !this.#canBeHere(instance)) continue
      roster.told(this.name, { ...told, ttlMs: Math.min(told.ttlMs, maxTtlMs) })
    }
    if (isLast) this.#enquiry.answered()
  }

  #peerChanged(change: 'joined' | 'left', peer: Peer): void {
    const { roster, self } = this.#host
    if (!this.#tellsPeers) this.#toldOfPeers()
    if (peer.instance === self.instance) return
    if (change === 'left') {
      roster.unlinked(this.name, peer.instance)
      return
    }
    roster.linked(this.name, peer)
    // Each tells the other; whoever listens only later asks everyone then.
    if (this.#hasJoined) this.#say(toOne(peer.instance), this.#here({}))
    this.#pulls.soon()
  }

  /** Where a transport tells who is there, nobody is there of whom it does not tell, whatever is said. */
  #canBeHere(instance: string): boolean {
    return !this.#tellsPeers || this.#host.roster.get(instance)?.evidence.get(this.name)?.kind === 'subscribed'
  }

  /** The other instances that are there. */
  #others(): readonly KnownInstance[] {
    const others: KnownInstance[] = []
    for (const known of this.#host.roster.all()) {
      const kind = known.evidence.get(this.name)?.kind
      if (kind !== undefined && kind !== 'silent') others.push(known)
    }
    return others
  }

  #scheduleBeat(): void {
    const { clock, random } = this.#host
    this.#beat?.()
    const spread = 0.9 + 0.2 * fraction(random)
    if (!this.#isClosed) this.#beat = clock.schedule(() => this.#sendBeat(), this.#periodMs * spread)
  }

  #sendBeat(): void {
    const { seq, card, load } = this.#host
    if (this.#tellsPeers) return
    this.#say(toAll, { is: 'alive', seq: seq(), ttlMs: this.#ttlMs, revision: card().revision, load: load() })
    this.#scheduleBeat()
  }

  /** It grows with the fleet, so that what an agent hears in a second does not. */
  get #periodMs(): number {
    return Math.max(minPeriodMs, this.#host.roster.size * periodPerInstanceMs)
  }

  get #ttlMs(): number {
    return missable * this.#periodMs
  }

  #here(more: { readonly ask?: Ask; readonly want?: boolean }): PresenceMessage {
    const { seq, card } = this.#host
    return { is: 'here', seq: seq(), ttlMs: this.#ttlMs, card: card(), ...more }
  }

  #announce(more: { readonly ask?: Ask; readonly want?: boolean }): void {
    this.#say(toAll, this.#here(more))
  }

  /** Nobody waits for it, and what is lost is said again. */
  #say(to: Topic, message: PresenceMessage): void {
    const { clock, frame } = this.#host
    if (this.#isClosed || this.transport.state !== 'ready') return
    if (to === toAll && message.is !== 'snapshot') this.#sent = { seq: message.seq, at: clock.elapsed() }
    try {
      const receipt = this.transport.publish(frame(to.topic, message), to)
      if (isPromise(receipt)) receipt.catch(() => undefined)
    } catch {
      // A wire that is lost says so by its state, and once it is back everyone is told anew.
    }
  }
}

type Topic = Extract<Address, { kind: 'topic' }>

const toAll: Topic = { kind: 'topic', topic: controlTypes.presence }

function toOne(instance: string): Topic {
  return { kind: 'topic', topic: `${controlTypes.presence}.${instance}` }
}
