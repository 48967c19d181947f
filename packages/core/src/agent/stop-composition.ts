import type { SubscriptionSpec } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { isControlType } from '../message/index.ts'
import type { AgentSettings, StopOptions } from '../settings/index.ts'
import type { StopReport } from './agent-state.ts'
import type { Composition } from './compose.ts'

const unsentOutcome = { retryable: true, details: { outcome: 'failed' } } as const

/** Handlers that finish may await replies, and their requesters may give up: these feeds close last. */
export function closesLast({ target }: SubscriptionSpec): boolean {
  return target.kind === 'inbox' ? target.instance !== undefined : isControlType(target.pattern)
}

/**
 * Stops the parts of an agent, in the order in which nothing is lost: feeds drain, then requests end, then transports stop.
 * Calls `giveUp` when the time of the drain is over, and once it has ended.
 */
export async function stopComposition(
  settings: AgentSettings,
  parts: Composition,
  { drain = true, timeoutMs = 10_000, signal }: StopOptions,
  giveUp: () => void,
): Promise<StopReport> {
  const { feeds, sender, publisher, requester, deliveries, deadlines, ladder, unhandled, running } = parts
  const { counts } = parts.reporter
  const before = { handled: counts.handled, nacked: counts.nacked }
  const deadline = new AbortController()
  const end = () => deadline.abort()
  deadline.signal.addEventListener('abort', giveUp, { once: true })
  signal?.addEventListener('abort', end, { once: true })
  const cancel = settings.clock.schedule(end, timeoutMs, { keepAlive: true })
  if (!drain || signal?.aborted) end()
  parts.presence.leave()
  parts.arrivals.close(smError('SM_AGENT_STOPPED', `The agent ${settings.id} stopped before anybody came`))
  unhandled.leave()
  await feeds.close({ drain, signal: deadline.signal }, closesLast)
  await sender.drained(deadline.signal)

  const abandoned = running.size
  const waiting = Math.max(0, deliveries.unsettled - abandoned)
  const completed = counts.handled - before.handled
  const handedBack = counts.nacked - before.nacked + waiting
  giveUp()
  const failedBefore = publisher.failedWaiting
  sender.close(
    smError('SM_AGENT_STOPPED', `The agent ${settings.id} stopped before a transport took it`, unsentOutcome),
  )
  requester.close(smError('SM_AGENT_STOPPED', `The agent ${settings.id} stopped before the reply came`))
  await feeds.close({ drain: false }, () => false)
  // A mesh holds what was published until its receivers are done: they are given the rest of the time.
  const stops = ladder.map(({ transport }) => transport.stop({ drain, signal: deadline.signal }))
  const failure = (await Promise.allSettled(stops)).find(stop => stop.status === 'rejected')
  cancel()
  signal?.removeEventListener('abort', end)
  deadlines.clear()
  parts.directory.close()
  if (failure) throw failure.reason
  const unsent = publisher.failedWaiting - failedBefore + publisher.waiting
  return { completed, handedBack, abandoned, unsent }
}
