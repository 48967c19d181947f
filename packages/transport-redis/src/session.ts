import type { Capabilities } from '@sm/core/transport'
import type { Connection } from './connection/connection.ts'
import type { StreamReader } from './connection/stream-reader.ts'
import type { Argument } from './wire/command.ts'
import type { Reply } from './wire/reply.ts'
import type { Script } from './wire/scripts/index.ts'

/** The connections of one time of being connected, and what is known of the server. When one of them ends, so do all. */
export interface Session {
  readonly commands: Connection
  readonly subscriber: Connection
  readonly reader: StreamReader
  /** The name of this side among the members of a group: another one in each session. */
  readonly member: string
  readonly capabilities: Capabilities
  /** Whether the server keeps what is to arrive at least once. */
  readonly hasStreams: boolean
  readonly isOver: boolean
  /** The time of the server, epoch milliseconds. */
  readonly serverNow: number
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply>
}
