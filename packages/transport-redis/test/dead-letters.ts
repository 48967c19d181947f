import type { SeenDeadLetter } from '@sm/transport-conformance'
import { Redis } from 'ioredis'
import { readEvent } from '../src/wire/read-event.ts'

/** The dead letters that a server has of a namespace, the oldest first. */
export async function readDeadLetters(url: string, namespace: string): Promise<readonly SeenDeadLetter[]> {
  const admin = new Redis(url)
  try {
    const entries = await admin.xrangeBuffer(`{${namespace}}:dead`, '-', '+')
    return entries.map(([, fields]) => {
      const names = fields.map(String)
      const field = (name: string) => fields[names.indexOf(name) + 1] ?? Buffer.alloc(0)
      return { id: readEvent(field('event'), {}).header.id, code: String(field('code')) }
    })
  } finally {
    admin.disconnect()
  }
}
