import type { SeenDeadLetter } from '@sm/transport-conformance'
import { Redis } from 'ioredis'

/** The dead letters that a server has of a namespace, the oldest first. */
export async function readDeadLetters(url: string, namespace: string): Promise<readonly SeenDeadLetter[]> {
  const admin = new Redis(url)
  try {
    const entries = await admin.xrange(`{${namespace}}:dead`, '-', '+')
    return entries.map(([, fields]) => {
      const field = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
      return { id: JSON.parse(field('event')).id, code: field('code') }
    })
  } finally {
    admin.disconnect()
  }
}
