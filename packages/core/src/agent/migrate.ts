import type { Transport } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { sleep } from '../kernel/index.ts'
import { type AgentSettings, requireNumber, requireTimeout } from '../settings/index.ts'
import { type Composition, isPresentOn } from './compose.ts'
import { MessageTally, type TransportTally } from './message-tally.ts'

/** Options of a migration. */
export interface MigrateOptions {
  /** Longest time of all of it, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number
  /**
   * How long nothing may have come by the old transport until it is removed, in milliseconds: brokers do not tell what they still hold.
   * Above the time that a message takes there at most, retries included. Default 1,000, which others need to notice that the agent moves.
   */
  readonly quietMs?: number
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** What an agent can say of its migration, counted from its begin. */
export interface MigrationReport {
  readonly from: TransportTally
  readonly to: TransportTally
  /** Messages that came by both, and were handled once for each handler if `handledTwice` is 0. */
  readonly receivedByBoth: number
  /** Messages that a handler of this instance has handled. */
  readonly handled: number
  /** Times that a handler of this instance has handled a message again. Of other instances it knows nothing. */
  readonly handledTwice: number
  /** Messages that the old transport had handed over and that were not handled when it was removed: they went back to it. */
  readonly handedBack: number
  /** Publishes that failed meanwhile: each was told so. */
  readonly publishesFailed: number
  /** Whether everything was counted: more than 200,000 messages are not. */
  readonly isWhole: boolean
}

/** The steps of a migration that change the transports of the agent. */
export interface Migration {
  readonly from: Transport
  /** The name of the other. */
  readonly to: string
  /** Aborts when the agent stops. */
  readonly ended: AbortSignal
  add(signal: AbortSignal): Promise<void>
  /** Has the agent send by the old one again. */
  readmit(): void
  remove(timeoutMs: number): Promise<unknown>
}

/** Moves an agent from one transport to another, and counts what came of its messages. */
export async function migrate(
  settings: AgentSettings,
  parts: Composition,
  { from, to, ended, add, readmit, remove }: Migration,
  { timeoutMs = 60_000, quietMs = 1_000, signal }: MigrateOptions,
): Promise<MigrationReport> {
  requireTimeout('timeoutMs', timeoutMs)
  requireNumber('SM_AGENT_OPTIONS', 'quietMs', quietMs, 0)
  signal?.throwIfAborted()
  const { clock } = settings
  const { sender, reporter } = parts
  const { name } = from
  const endsAt = clock.elapsed() + timeoutMs
  const timeout = new AbortController()
  let waitsFor = () => `"${to}" to be ready`
  const late = () => timeout.abort(tooLate(settings.id, name, to, timeoutMs, waitsFor()))
  const cancel = clock.schedule(late, timeoutMs, { keepAlive: true })
  const ends = AbortSignal.any([ended, timeout.signal, ...(signal ? [signal] : [])])
  const tally = new MessageTally(clock)
  reporter.witness = tally
  try {
    await add(ends)
    waitsFor = () => `${parts.audience.onlyOn(name, to).slice(0, 5).join(', ') || 'others'} to be on "${to}"`
    await everyoneOn(settings, parts, from, to, ends)
    sender.wire(name)?.retire()
    waitsFor = () => `"${name}" to fall silent: something still comes by it`
    await quiet(settings, parts, tally, name, quietMs, ends)
    await remove(Math.max(1, endsAt - clock.elapsed()))
    return { ...tally.compare(name, to), handedBack: tally.handedBack(name) }
  } catch (error) {
    readmit()
    throw error
  } finally {
    cancel()
    reporter.witness = undefined
  }
}

/** Waits until every agent that is known on one transport is on the other as well, where agents tell of themselves on both. */
async function everyoneOn(
  settings: AgentSettings,
  { audience, ladder }: Composition,
  from: Transport,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const transports = ladder.map(({ transport }) => transport).filter(({ name }) => name === from.name || name === to)
  if (!transports.every(transport => isPresentOn(transport, settings))) return
  await audience.until(() => audience.isComplete(from.name) && audience.onlyOn(from.name, to).length === 0, signal)
}

/** Waits until nothing has come by a transport for a while, and all that came is settled. */
async function quiet(
  { clock }: AgentSettings,
  { sender }: Composition,
  tally: MessageTally,
  name: string,
  quietMs: number,
  signal: AbortSignal,
): Promise<void> {
  const began = clock.elapsed()
  for (;;) {
    const since = clock.elapsed() - Math.max(began, tally.lastAt(name) ?? 0)
    const isBusy = tally.unsettled(name) > 0 || sender.wire(name)?.isIdle === false
    if (since >= quietMs && !isBusy) return
    await sleep(clock, Math.max(quietMs - since, 10), signal)
  }
}

function tooLate(id: string, from: string, to: string, timeoutMs: number, awaited: string) {
  const what = `The agent ${id} did not get from "${from}" to "${to}" within ${timeoutMs} ms: it waits for ${awaited}`
  return smError('SM_WAIT_TIMEOUT', what, { details: { from, to, timeoutMs } })
}
