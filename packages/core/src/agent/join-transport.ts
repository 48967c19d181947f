import { type SmError, smError } from '../errors/index.ts'
import { abortable } from '../kernel/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import { appearOn, type Composition, isPresentOn } from './compose.ts'
import { stopTransports } from './open-transports.ts'

/** How long the others on a new transport are waited for at most, in milliseconds. */
const othersMs = 4_000

/**
 * Takes a transport that has started into an agent: everything comes in by it before the first message goes out. When any of that
 * fails, or `stopped` aborts, nothing of it is left.
 */
export async function joinTransport(
  ranked: RankedTransport,
  settings: AgentSettings,
  parts: Composition,
  stopped: AbortSignal,
): Promise<void> {
  const { frames, feeds, presence, sender, ladder } = parts
  const { transport, rank } = ranked
  const timeout = new AbortController()
  const late = () => timeout.abort(tooLate(settings, transport.name))
  const cancel = settings.clock.schedule(late, settings.startTimeoutMs, { keepAlive: true })
  const signal = AbortSignal.any([stopped, timeout.signal])
  try {
    if (transport.capabilities.reach !== 'process') frames.leavesProcess()
    if (!transport.capabilities.publishOnly) frames.hasSeveralWays()
    if (!transport.capabilities.publishOnly) await abortable(feeds.join(transport), signal)
    await abortable(appearOn(ranked, settings, parts), signal)
    if (isPresentOn(transport, settings)) await othersKnown(transport.name, settings, parts, signal)
    signal.throwIfAborted()
  } catch (error) {
    await Promise.allSettled([presence.part(transport.name), feeds.leave(transport, { drain: true, signal })])
    await stopTransports([ranked])
    throw error
  } finally {
    cancel()
  }
  const next = ladder.findIndex(other => other.rank > rank)
  ladder.splice(next < 0 ? ladder.length : next, 0, ranked)
  sender.add(ranked)
  presence.changed()
}

/** As long as it is not known who is there, a broadcast goes by this one too, and two instances could handle a copy each. */
async function othersKnown(
  name: string,
  { clock }: AgentSettings,
  { audience }: Composition,
  signal: AbortSignal,
): Promise<void> {
  const enough = new AbortController()
  const cancel = clock.schedule(() => enough.abort(), othersMs, { keepAlive: true })
  try {
    await audience.until(() => audience.isComplete(name), AbortSignal.any([signal, enough.signal]))
  } catch {
    signal.throwIfAborted()
  } finally {
    cancel()
  }
}

function tooLate({ id, startTimeoutMs }: AgentSettings, transport: string): SmError {
  const what = `The subscriptions of the agent ${id} on "${transport}" were not ready within ${startTimeoutMs} ms`
  return smError('SM_TRANSPORT_START', what, { details: { transport } })
}
