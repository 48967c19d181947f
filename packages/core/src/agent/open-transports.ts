import type { TransportChoice } from '../contract/index.ts'
import { LivePeers } from '../directory/index.ts'
import { describeThrown, smError } from '../errors/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import type { AgentSettings } from '../settings/index.ts'

/** Makes a transport for an agent, with its place on the ladder: those that the option names come first, in its order. */
export function makeTransport({ definition, options }: TransportChoice, settings: AgentSettings): RankedTransport {
  const { ladder, id: agent } = settings
  const place = ladder?.indexOf(definition.name) ?? -1
  const rank = ladder ? (place < 0 ? ladder.length + definition.rank : place) : definition.rank
  const transport = definition.create(options, { ...settings, agent })
  return { transport, rank, peers: new LivePeers(transport) }
}

/**
 * Starts transports within the start timeout of their agent. When one of them cannot start, none is left open. Rejects with
 * `SM_TRANSPORT_START` or the reason of the signal.
 */
export async function startTransports(
  made: readonly RankedTransport[],
  { id, clock, startTimeoutMs }: AgentSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timeout = new AbortController()
  const cancel = clock.schedule(
    () => timeout.abort(smError('SM_TRANSPORT_START', `It took longer than ${startTimeoutMs} ms`)),
    startTimeoutMs,
    { keepAlive: true },
  )
  const ends = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal
  const starts = await Promise.allSettled(made.map(({ transport }) => transport.start({ signal: ends })))
  cancel()
  const failed = starts.findIndex(start => start.status === 'rejected')
  if (failed < 0) return
  await stopTransports(made)
  signal?.throwIfAborted()
  const { name } = (made[failed] as RankedTransport).transport
  const { reason } = starts[failed] as PromiseRejectedResult
  throw smError(
    'SM_TRANSPORT_START',
    `The transport "${name}" of the agent ${id} did not start: ${describeThrown(reason)}`,
    {
      cause: reason,
      details: { transport: name },
    },
  )
}

/** Stops transports that nobody uses. */
export async function stopTransports(made: readonly RankedTransport[]): Promise<void> {
  for (const { peers } of made) peers.close()
  await Promise.allSettled(made.map(({ transport }) => transport.stop()))
}
