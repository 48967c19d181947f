import { openSync, writeSync } from 'node:fs'
import { type Agent, createAgent, defineMessage } from '@sm/core'
import { z } from 'zod'
import type { Told } from '../../../../../tooling/test/program.ts'

/** The order of every program of a fault run at its start. */
export interface Setting {
  /** URL of the module that registers the transport. */
  readonly module: string
  readonly transport: string
  readonly options: object
  readonly namespace: string
  readonly agent: string
  /** The file that it writes its history to. */
  readonly history: string
}

export function settingOf<T extends object = object>(): Setting & T {
  return JSON.parse(process.argv[2] as string)
}

export const WorkDone = defineMessage('work.done', {
  version: 1,
  schema: z.object({ number: z.int(), body: z.string() }),
})

/** A file that has each line, with its time, before the next step of the process: what is there survives SIGKILL. */
export function openHistory(path: string): (line: string, at?: number) => void {
  const fd = openSync(path, 'a', 0o600)
  return (line, at = Date.now()) => void writeSync(fd, `${line} ${at}\n`)
}

/**
 * The agent of a program. It notes (`lost`) whenever its transport complains: all that goes wrong in a fault run is a connection that is
 * lost, also one that is lost while it is still being built.
 */
export async function startAgent(setting: Setting, write: (line: string) => void): Promise<Agent> {
  await import(setting.module)
  const complain = (fields: object) => {
    if ('error' in fields) write('lost -')
  }
  return createAgent(setting.agent, {
    namespace: setting.namespace,
    transports: { [setting.transport]: setting.options },
    publishTimeoutMs: 120_000,
    logger: { debug: complain, info: complain, warn: complain, error: complain },
  })
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
