import type { Transport } from '../contract/index.ts'
import { abortable } from '../kernel/index.ts'
import type { Composition } from './compose.ts'
import { closesLast } from './stop-composition.ts'

/** How a drain ended. */
export interface DrainReport {
  /**
   * True when all that was under way has ended by itself. Else its time was over: what was not handled has gone back to its transport,
   * and what was sent may arrive.
   */
  readonly isComplete: boolean
}

/** Waits for what is under way on a transport that gets nothing new, closes what the agent has there, and says that it has left. */
export async function drainTransport(
  transport: Transport,
  { presence, sender, feeds, requester }: Composition,
  signal: AbortSignal,
): Promise<DrainReport> {
  const { name } = transport
  const sent = sender.wire(name)?.idle()
  const left = presence.part(name).then(() => presence.changed())
  const close = { drain: true, signal }
  const received = feeds.leave(transport, close, closesLast)
  // Replies to what was asked before may come by it.
  const isComplete =
    (await isInTime(Promise.all([sent, left, received]), signal)) && (await isInTime(requester.settled(), signal))
  await feeds.leave(transport, close)
  return { isComplete }
}

/** Whether work ends before a signal aborts. */
async function isInTime(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  try {
    await abortable(work, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
