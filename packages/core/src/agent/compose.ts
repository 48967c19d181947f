import type { Transport } from '../contract/index.ts'
import { AgentDirectory, Arrivals, Audience, Presence, Roster } from '../directory/index.ts'
import { Deadlines } from '../kernel/index.ts'
import type { InboxAddress } from '../message/index.ts'
import {
  type ContextHost,
  DeliveryReports,
  Feeds,
  type Job,
  type SubscriberDeps,
  Subscriptions,
  UnhandledMessages,
} from '../receiving/index.ts'
import { Requester, Responder } from '../requests/index.ts'
import { Copies, FrameFactory, Publisher, PublishReports, type RankedTransport, Sender } from '../sending/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import { Reporter } from '../telemetry/index.ts'

/** The parts of one agent. */
export interface Composition {
  /** The transports of the agent, as they are at any time. */
  readonly ladder: RankedTransport[]
  readonly deadlines: Deadlines
  readonly reporter: Reporter
  readonly frames: FrameFactory
  readonly sender: Sender
  readonly publisher: Publisher
  readonly deliveries: DeliveryReports
  readonly unhandled: UnhandledMessages
  readonly feeds: Feeds
  readonly requester: Requester
  readonly subscriptions: Subscriptions
  readonly directory: AgentDirectory
  readonly audience: Audience
  readonly presence: Presence
  readonly arrivals: Arrivals
  /** Handlers that run and have not returned. */
  readonly running: ReadonlySet<Job>
}

/** Builds the parts of an agent, each from those above it. `contextHost` is what handlers publish and request with. */
export function compose(
  settings: AgentSettings,
  initial: readonly RankedTransport[],
  contextHost: ContextHost,
): Composition {
  const ladder = [...initial]
  const transports = ladder.map(({ transport }) => transport)
  const receiving = transports.filter(({ capabilities }) => !capabilities.publishOnly)
  const { clock, random, deduplication } = settings
  const roster = new Roster(clock, error => settings.logger.error({ agent: settings.id, error }, 'A listener threw'))
  const audience = new Audience(roster)
  const deadlines = new Deadlines(clock)
  const running = new Set<Job>()
  const reporter = new Reporter(settings)

  const reports = new PublishReports(reporter)
  const frames = new FrameFactory(
    settings,
    transports.every(({ capabilities }) => capabilities.reach === 'process'),
    receiving.length > 1,
  )
  const copies = new Copies(settings, { clock, deadlines, timeoutMs: settings.publishTimeoutMs }, reports)
  const sender = new Sender(ladder, copies, reports, audience, settings)
  const publisher = new Publisher(settings, frames, sender, deadlines, reports)
  const responder = new Responder({ settings, frames, publisher, reports, reporter, deadlines })

  const deliveries = new DeliveryReports(reporter, settings)
  const unhandled = new UnhandledMessages(settings, deliveries, responder)
  const feeds = new Feeds(receiving, { clock, reports: deliveries, unhandled })
  const requester = new Requester({ settings, frames, publisher, feeds, reporter, deadlines, running })
  const handling: SubscriberDeps = {
    clock,
    random,
    deadlines,
    deduplication,
    deduplicatesAlways: () => feeds.hadSeveral,
    running,
    reports: deliveries,
    answers: responder,
  }
  const subscriptions = new Subscriptions({ settings, feeds, inboxes: requester, handling, contextHost })

  const { id: agent, instance, namespace, ids, logger } = settings
  const load = () => ({ running: running.size, unsettled: deliveries.unsettled })
  const presence = new Presence({
    ...{ self: { agent, instance }, namespace, roster, clock, ids, random, logger, subscriptions, load },
    store: deduplication.id,
    frame: (type, payload) => frames.control(type, payload, undefined),
  })
  const directory = new AgentDirectory({ roster, presence, clock, load })
  const arrivals = new Arrivals(clock, address => isHere(address, feeds.transports, audience))
  subscriptions.follow(() => presence.changed())
  roster.on('reach', () => arrivals.look())
  for (const ranked of ladder) void appearOn(ranked, settings, { presence, arrivals })
  return {
    ladder,
    deadlines,
    reporter,
    frames,
    sender,
    publisher,
    deliveries,
    unhandled,
    feeds,
    requester,
    subscriptions,
    directory,
    audience,
    presence,
    arrivals,
    running,
  }
}

/** Looks who is there on a transport, and says that the agent is. Resolves once others are heard. */
export async function appearOn(
  { transport, peers }: RankedTransport,
  settings: AgentSettings,
  { presence, arrivals }: Pick<Composition, 'presence' | 'arrivals'>,
): Promise<void> {
  if (!transport.capabilities.publishOnly) transport.on('routes', () => arrivals.look())
  if (isPresentOn(transport, settings)) await presence.join(transport, peers)
  else peers.close()
}

/** Whether an agent says on a transport that it is there. */
export function isPresentOn({ name, capabilities }: Transport, { presence }: AgentSettings): boolean {
  const { publishOnly, delivery } = capabilities
  return !publishOnly && delivery['at-most-once'] !== undefined && (presence.byName[name] ?? presence.byDefault)
}

/** Whether an address can be reached: a transport knows a way, or somebody was heard who takes what is addressed to it. */
function isHere(address: InboxAddress, transports: Iterable<Transport>, audience: Audience): boolean {
  const isKnown = [...transports].some(transport =>
    transport.routes(address).some(({ evidence }) => evidence !== 'unknown'),
  )
  return isKnown || audience.takes(address)
}
