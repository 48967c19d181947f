import { replyCode } from '../errors.ts'
import type { Connection } from './connection.ts'

/** Facts of a server that the transport needs. */
export interface ServerFacts {
  /** Whether the server tells about itself at all. */
  readonly known: boolean
  readonly version: readonly number[]
  /** It may throw keys away when its memory is full. */
  readonly mayEvict: boolean
  /** Every write is on disk before it is answered. */
  readonly syncsAlways: boolean
  /** It copies another server, and takes nothing. */
  readonly isReplica: boolean
  /** It is reading its data, and answers nothing else yet. */
  readonly loading: boolean
  /** How long it has been up, in milliseconds. */
  readonly upMs: number
}

/** Reads the answer to INFO, and that to CONFIG GET appendfsync where it was permitted. */
export function toServerFacts(info: string | undefined, appendfsync: string | undefined): ServerFacts {
  const fields = new Map<string, string>()
  for (const line of info?.split('\n') ?? []) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const policy = fields.get('maxmemory_policy') ?? 'noeviction'
  const isLimited = Number(fields.get('maxmemory') ?? 0) > 0
  return {
    known: info !== undefined,
    version: (fields.get('redis_version') ?? '').split('.').map(Number),
    mayEvict: isLimited && policy !== 'noeviction',
    syncsAlways: fields.get('aof_enabled') === '1' && appendfsync === 'always',
    isReplica: fields.get('role') === 'slave',
    loading: fields.get('loading') === '1',
    upMs: Number(fields.get('uptime_in_seconds') ?? 0) * 1_000,
  }
}

/** Questions that a server may forbid its users. */
async function ask(connection: Connection, command: string, args: readonly string[]): Promise<unknown> {
  try {
    return await connection.call(command, args)
  } catch (error) {
    if (replyCode(error) === 'NOPERM' || replyCode(error) === 'ERR') return undefined
    throw error
  }
}

/** Asks a server about itself. */
export async function inspect(connection: Connection): Promise<ServerFacts> {
  const [info, config] = await Promise.all([
    ask(connection, 'INFO', []),
    ask(connection, 'CONFIG', ['GET', 'appendfsync']),
  ])
  return toServerFacts(info === undefined ? undefined : String(info), (config as Buffer[] | undefined)?.[1]?.toString())
}
