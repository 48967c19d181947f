import '@sm/core'
import { openSync, writeSync } from 'node:fs'
import {
  type Address,
  codecNamed,
  createUlids,
  type DeliveryLevel,
  type Frame,
  formatAgentRef,
  type Header,
  type Payload,
  silentMetrics,
  systemClock,
  systemRandom,
  type Transport,
  toBody,
} from '@sm/core/transport'
import type { Told } from '../../../../tooling/test/program.ts'
import { type NamedPipesTransportOptions, namedPipes } from '../../src/index.ts'

/** The order of every program at its start. */
export interface Setting {
  readonly base: string
  readonly namespace: string
  readonly agent: string
  readonly options?: NamedPipesTransportOptions
}

export function settingOf<T extends object = object>(): Setting & T {
  return JSON.parse(process.argv[2] as string)
}

export const ids = createUlids(systemClock, systemRandom)

/** A participant of a program: its transport, and how often it complained about what, by code. */
export interface Participant {
  readonly transport: Transport
  readonly agent: string
  readonly instance: string
  readonly complaints: Map<string, number>
}

/** Makes the transport of an agent, idle. */
export function participant({ base, namespace, agent, options }: Setting): Participant {
  const instance = ids.next()
  const complaints = new Map<string, number>()
  const complain = (fields: object) => {
    const { code, error } = fields as { code?: string; error?: { code?: string } }
    const name = code ?? error?.code ?? 'none'
    complaints.set(name, (complaints.get(name) ?? 0) + 1)
  }
  const quiet = () => {}
  const context = {
    namespace,
    agent,
    instance,
    clock: systemClock,
    ids,
    random: systemRandom,
    logger: { debug: quiet, info: quiet, warn: complain, error: complain },
    metrics: silentMetrics,
  }
  const transport = namedPipes.definition.create({ ...options, base }, context)
  return { transport, agent, instance, complaints }
}

/** A frame of a participant. */
export function frameOf(
  { agent, instance }: Pick<Participant, 'agent' | 'instance'>,
  address: Address,
  payload: Payload,
  delivery: DeliveryLevel = 'at-least-once',
  replyTo?: string,
): Frame {
  const body = toBody(payload, codecNamed('json'))
  const header: Header = {
    id: ids.next(),
    type: address.kind === 'topic' ? address.topic : 'test.direct',
    version: 1,
    from: `${agent}/${instance}`,
    to: address.kind === 'inbox' ? formatAgentRef(address) : undefined,
    replyTo,
    correlationId: undefined,
    causationId: undefined,
    time: Date.now(),
    expiresAt: undefined,
    key: undefined,
    delivery,
    contentType: body.contentType,
    encodings: undefined,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
  }
  return { header, body }
}

export function tell(message: Told): void {
  if (process.connected) process.send?.(message)
}

/** Answers what the test asks, by kind. A program ends with the test. */
export function answers(handlers: Readonly<Record<string, (message: Told) => unknown>>): void {
  process.on('message', async (message: Told) => {
    const answer = await handlers[message.kind]?.(message)
    tell({ ...(answer as object), kind: message.kind })
  })
  process.on('disconnect', () => process.exit())
}

/** A file that has each line before the next step of the process: what is there survives SIGKILL. */
export function openHistory(path: string): (line: string) => void {
  const fd = openSync(path, 'a', 0o600)
  return line => void writeSync(fd, `${line}\n`)
}
