import type { TransportChoice, TransportContext } from '../contract/index.ts'
import { LivePeers } from '../directory/index.ts'
import { describeThrown, smError } from '../errors/index.ts'
import { checkPolicy } from '../message/index.ts'
import { chooseTransports } from '../registry/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import { type AgentOptions, type AgentSettings, requireDurable, toAgentSettings } from '../settings/index.ts'
import { Agent } from './agent.ts'

/** The transports of an agent, in the order of its ladder. */
function toLadder(choices: readonly TransportChoice[], settings: AgentSettings): readonly RankedTransport[] {
  const { ladder, id: agent } = settings
  const names = choices.map(({ definition }) => definition.name)
  for (const [option, named = []] of [
    ['ladder', ladder],
    ['presence', Object.keys(settings.presence.byName)],
  ] as const) {
    const stray = named.find(name => !names.includes(name))
    if (stray === undefined) continue
    const what = `The option ${option} names "${stray}", which is not among the transports ${names.join(', ')}`
    throw smError('SM_AGENT_OPTIONS', what, { details: { option } })
  }
  const carriers = choices.filter(({ definition }) => !definition.capabilities.publishOnly)
  if (settings.route) {
    checkPolicy(
      `the agent ${agent}`,
      settings.route,
      carriers.map(({ definition }) => definition.name),
    )
  }
  const context: TransportContext = { ...settings, agent }
  return choices
    .map(({ definition, options }) => {
      const place = ladder?.indexOf(definition.name) ?? -1
      // Transports that the ladder does not name come after those that it does.
      const rank = ladder ? (place < 0 ? ladder.length + definition.rank : place) : definition.rank
      const transport = definition.create(options, context)
      return { transport, rank, peers: new LivePeers(transport) }
    })
    .sort((a, b) => a.rank - b.rank)
}

/**
 * Makes an agent and starts its transports. When one of them cannot start, none is left open.
 *
 * Rejects with `SM_NAME_INVALID`, `SM_AGENT_OPTIONS`, `SM_TRANSPORT_UNKNOWN`, `SM_TRANSPORT_LOAD`,
 * `SM_TRANSPORT_CONFIG`, `SM_TRANSPORT_INCOMPATIBLE` or `SM_TRANSPORT_START`.
 *
 * @example
 * await using billing = await createAgent('billing')
 * await billing.subscribe(OrderPlaced, order => charge(order))
 */
export async function createAgent(id: string, options: AgentOptions = {}): Promise<Agent> {
  const settings = toAgentSettings(id, options)
  options.signal?.throwIfAborted()
  const ladder = toLadder(await chooseTransports(options.transports, ['memory']), settings)
  const timeout = new AbortController()
  const cancel = settings.clock.schedule(
    () => timeout.abort(smError('SM_TRANSPORT_START', `It took longer than ${settings.startTimeoutMs} ms`)),
    settings.startTimeoutMs,
    { keepAlive: true },
  )
  const signal = options.signal ? AbortSignal.any([options.signal, timeout.signal]) : timeout.signal
  const starts = await Promise.allSettled(ladder.map(({ transport }) => transport.start({ signal })))
  cancel()
  const failed = starts.findIndex(start => start.status === 'rejected')
  if (failed < 0) {
    try {
      requireDurable(
        `The inbox of the agent ${id}`,
        settings.durable,
        ladder.map(({ transport }) => transport),
      )
      return new Agent(settings, ladder)
    } catch (error) {
      await Promise.allSettled(ladder.map(({ transport }) => transport.stop()))
      throw error
    }
  }

  await Promise.allSettled(ladder.map(({ transport }) => transport.stop()))
  const { name } = (ladder[failed] as RankedTransport).transport
  const { reason } = starts[failed] as PromiseRejectedResult
  options.signal?.throwIfAborted()
  throw smError(
    'SM_TRANSPORT_START',
    `The transport "${name}" of the agent ${id} did not start: ${describeThrown(reason)}`,
    {
      cause: reason,
      details: { transport: name },
    },
  )
}
