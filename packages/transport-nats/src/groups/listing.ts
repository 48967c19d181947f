import { type ApiError, type ConsumerInfo, JetStreamApiError } from '@nats-io/jetstream'
import type { Clock } from '@sm/core/transport'
import type { Session } from '../session.ts'
import { toApiError } from '../streams/api-errors.ts'
import { settling } from '../streams/settling.ts'

/** The consumers of a stream, as far as the servers can tell. */
export interface Listing {
  readonly found: readonly ConsumerInfo[]
  /** Names of those of which nothing more can be told, because nobody leads them at the moment. */
  readonly missing: readonly string[]
}

interface Page {
  readonly consumers?: readonly ConsumerInfo[] | null
  readonly missing?: readonly string[]
  readonly limit?: number
  readonly error?: ApiError
}

/** A cluster waits four seconds for those that nobody leads before it tells of the rest. */
const answerMs = 10_000

/**
 * Lists the consumers of a stream. The client's own list is silent about what is missing, and believes the total, which a cluster of
 * nats-server 2.9 has wrong. Rejects with a coded error.
 */
export async function listConsumers(stream: string, session: Session, clock: Clock): Promise<Listing> {
  const found: ConsumerInfo[] = []
  const missing: string[] = []
  try {
    let offset = 0
    for (;;) {
      const page = await settling(clock, () => getPage(stream, offset, session))
      const infos = page.consumers ?? []
      const known = new Set(infos.map(({ name }) => name))
      // A replica that is offline is among both.
      const unknown = page.missing?.filter(name => !known.has(name)) ?? []
      found.push(...infos)
      missing.push(...unknown)
      const count = infos.length + unknown.length
      offset += count
      if (count === 0 || count < (page.limit ?? 0)) break
    }
  } catch (error) {
    throw toApiError(error, `list the consumers of ${stream}`, session)
  }
  return { found, missing }
}

async function getPage(stream: string, offset: number, { connection }: Session): Promise<Page> {
  const request = JSON.stringify({ offset })
  const answer = await connection.request(`$JS.API.CONSUMER.LIST.${stream}`, request, { timeout: answerMs })
  const page = answer.json<Page>()
  if (page.error) throw new JetStreamApiError(page.error)
  return page
}
