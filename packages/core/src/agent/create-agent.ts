import type { TransportChoice } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { checkPolicy } from '../message/index.ts'
import { chooseTransports } from '../registry/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import { type AgentOptions, type AgentSettings, requireDurable, toAgentSettings } from '../settings/index.ts'
import { Agent } from './agent.ts'
import { makeTransport, startTransports, stopTransports } from './open-transports.ts'

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
  return choices.map(choice => makeTransport(choice, settings)).sort((a, b) => a.rank - b.rank)
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
  await startTransports(ladder, settings, options.signal)
  try {
    requireDurable(
      `The inbox of the agent ${id}`,
      settings.durable,
      ladder.map(({ transport }) => transport),
    )
    return new Agent(settings, ladder)
  } catch (error) {
    await stopTransports(ladder)
    throw error
  }
}
