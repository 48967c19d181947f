import { writeSync } from 'node:fs'
import { isSmError } from '@sm/core'
import type { Report } from '../ledger/ledger-entry.ts'
import { join, type Member } from '../member.ts'
import { allowConnections, closeConnections } from '../wires/connections.ts'
import { type Answer, type Command, type Failure, reportFd } from './talk.ts'

/** A process for one member of the fleet, or a few. */

/**
 * Has left this process when it returns: what was reported is known even if the process is killed right after, and so a
 * message is reported as handled before its acknowledgement can leave.
 */
const report: Report = entry => {
  const line = Buffer.from(`${JSON.stringify(entry)}\n`)
  for (let written = 0; written < line.length; ) written += writeSync(reportFd, line, written)
}

function toFailure(error: unknown): Failure {
  if (isSmError(error)) return { code: error.code, message: error.message, coded: true }
  const { code, message = String(error), syscall } = Object(error) as NodeJS.ErrnoException
  return { code, message, coded: false, syscall }
}

const members = new Map<string, Member>()

async function perform(command: Command): Promise<Answer> {
  switch (command.kind) {
    case 'join': {
      const member = await join(command.order, report)
      members.set(member.instance, member)
      return { kind: 'joined', instance: member.instance }
    }
    case 'explain':
      return { kind: 'explained', text: await (members.get(command.instance) as Member).explain(command.type) }
    case 'linked':
      return { kind: 'counted', count: await (members.get(command.instance) as Member).linked(command.wire) }
    case 'kill-wire':
      closeConnections(command.wire)
      return { kind: 'done' }
    case 'mend-wire':
      allowConnections(command.wire)
      return { kind: 'done' }
    case 'stop': {
      const stopped = await (members.get(command.instance) as Member).stop()
      members.delete(command.instance)
      return { kind: 'stopped', report: stopped }
    }
  }
}

let answered: Promise<unknown> = Promise.resolve()
process.on('message', (command: Command) => {
  answered = answered.then(async () => {
    const answer = await perform(command).catch((error): Answer => ({ kind: 'failed', error: toFailure(error) }))
    if (!process.connected) return
    process.send?.(answer)
    if (answer.kind === 'stopped' && members.size === 0) process.disconnect()
  })
})

// Ctrl-C in a terminal goes to every process of it; the one that started this says when it is over.
process.on('SIGINT', () => undefined)

/** How long a member may take to leave once the process that started it is gone, in milliseconds. */
const leaveMs = 2_000
process.on('disconnect', async () => {
  const late = setTimeout(() => process.exit(1), leaveMs)
  await Promise.all([...members.values()].map(member => member.stop()))
  clearTimeout(late)
  process.exit()
})
