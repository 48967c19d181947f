import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Agent,
  createAgent,
  type DirectoryEntry,
  diagnostics,
  type Handler,
  isSmError,
  type Logger,
  type MessageType,
  type PublishEvent,
  type StopReport,
  type SubscribeOptions,
} from '@sm/core'
import type { Report } from './ledger/ledger-entry.ts'
import { deliveryOf, messageOf } from './messages.ts'
import { now } from './now.ts'
import type { Post, RoleName } from './role.ts'
import { roles } from './roles/index.ts'
import type { Settings } from './settings.ts'
import { chooseTransports, settleMs } from './transports.ts'
import type { WireName } from './wires/wire-name.ts'

/** Longest drain of a member, in milliseconds: a broker hands on what a killed member held only after 15 seconds. */
const drainMs = 30_000

/** A member that is to join the fleet, and how. Plain data, so that it can be handed to another process. */
export interface Order {
  readonly role: RoleName
  readonly agent: string
  readonly namespace: string
  readonly transports: readonly string[]
  /** The agent whose process it shares, which has joined before. */
  readonly beside?: string
  /** A directory of this run alone, for pipes and keys. */
  readonly folder: string
  readonly settings: Settings
}

/** A member of the fleet that is at work. */
export interface Member {
  readonly instance: string
  readonly pid: number
  /** How a message of a type would travel from here now, and why. */
  explain(type: string): Promise<string>
  /** How many others it has a link to over a wire, by its directory. */
  linked(wire: WireName): Promise<number>
  /** Ends its process at once, with whatever it was doing. Only where it has a process of its own. */
  kill?(): Promise<void>
  /** Closes every connection of a wire, and lets none come about until it is mended. Only where it has a process of its own. */
  killWire?(wire: WireName): Promise<void>
  mendWire?(wire: WireName): Promise<void>
  /** Begins nothing new, finishes what was begun, and leaves. Idempotent. */
  stop(): Promise<StopReport>
}

/** Joins the fleet in this process. */
export async function join(order: Order, report: Report): Promise<Member> {
  const { id, agent } = { id: order.agent, agent: await createAgent(order.agent, await toAgentOptions(order, report)) }
  const { instance } = agent
  const retiring = new AbortController()
  const loops: Promise<void>[] = []
  report({ kind: 'joined', instance, agent: id, role: order.role, pid: process.pid })
  const unwatch = watchPublishes(instance, report)

  const post: Post = {
    agent,
    settings: order.settings,
    report,
    signal: retiring.signal,
    handle: (type, handler, options) => handle(agent, report, type, handler, options),
    every: (intervalMs, work) => void loops.push(repeat(intervalMs, work, retiring.signal, report, instance)),
  }

  let stopping: Promise<StopReport> | undefined
  const stop = async (leave: (() => Promise<void>) | undefined) => {
    retiring.abort()
    await Promise.all(loops)
    const stopped = await agent.stop({ timeoutMs: drainMs })
    unwatch()
    await leave?.()
    return stopped
  }
  try {
    const leave = await roles[order.role](post)
    return {
      instance,
      pid: process.pid,
      explain: async type => {
        const message = messageOf(type)
        return message ? agent.explain(message).toString() : `There is no message ${type}`
      },
      linked: async wire => agent.directory.list().filter(entry => isLinked(entry, wire)).length,
      stop: () => {
        stopping ??= stop(leave)
        return stopping
      },
    }
  } catch (error) {
    await stop(undefined)
    throw error
  }
}

function isLinked({ isSelf, wires }: DirectoryEntry, wire: WireName): boolean {
  return !isSelf && wires[wire]?.evidence === 'subscribed'
}

async function toAgentOptions({ agent, namespace, transports, folder }: Order, report: Report) {
  const chosen = await chooseTransports(transports, folder)
  return { namespace, transports: chosen, startTimeoutMs: settleMs * 2, logger: toLogger(agent, report) }
}

/** What the library says is counted by its codes: links break on purpose here, in every process at once. */
function toLogger(by: string, report: Report): Logger {
  const count = (fields: object, message: string) => {
    const { code, error } = fields as { readonly code?: string; readonly error?: unknown }
    report({ kind: 'warned', by, code: code ?? (isSmError(error) ? error.code : message) })
  }
  const quiet = () => undefined
  return { debug: quiet, info: quiet, warn: count, error: count }
}

async function handle<Type extends MessageType>(
  agent: Agent,
  report: Report,
  type: Type,
  handler: Handler<Type>,
  options: SubscribeOptions = {},
): Promise<void> {
  const name = `${agent.id} on ${type.type}`
  const reporting = async (...[payload, context]: Parameters<Handler<Type>>) => {
    const result = await handler(payload, context)
    const at = now()
    report({
      kind: 'handled',
      by: agent.instance,
      id: context.header.id,
      type: type.type,
      handler: name,
      from: context.from.agent,
      sender: context.from.instance ?? '',
      transport: context.transport,
      at,
      latencyMs: at - (payload as { readonly at: number }).at,
    })
    return result
  }
  await agent.subscribe(type, reporting as Handler<Type>, options).ready
  report({ kind: 'subscribed', handler: name, type: type.type })
}

/** Reports what an agent publishes as the library itself tells it, requests included. */
function watchPublishes(instance: string, report: Report): () => void {
  const onPublish = (message: unknown) => {
    const { instance: by, header, transports } = message as PublishEvent
    if (by !== instance || deliveryOf(header.type) === undefined) return
    report({ kind: 'published', by, id: header.id, type: header.type, transports })
  }
  diagnostics.publish.subscribe(onPublish)
  return () => void diagnostics.publish.unsubscribe(onPublish)
}

async function repeat(
  intervalMs: number,
  work: () => Promise<unknown>,
  signal: AbortSignal,
  report: Report,
  by: string,
): Promise<void> {
  while (!signal.aborted) {
    const start = performance.now()
    try {
      await work()
    } catch (error) {
      report({ kind: 'trouble', by, text: isSmError(error) ? error.code : String(error) })
    }
    const restMs = Math.max(1, intervalMs - (performance.now() - start))
    // Waking up early is how it ends.
    await sleep(restMs, undefined, { signal }).catch(() => undefined)
  }
}
