import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { SeenDeadLetter } from '@sm/transport-conformance'

/** The dead letters that a server has of a namespace, the oldest first. */
export async function readDeadLetters(port: number, namespace: string): Promise<readonly SeenDeadLetter[]> {
  const connection = await connect({ port })
  try {
    const { streams } = await jetstreamManager(connection)
    const stream = `${namespace}=dead`
    const { first_seq, last_seq, messages } = (await streams.info(stream)).state
    const letters: SeenDeadLetter[] = []
    for (let seq = first_seq; messages > 0 && seq <= last_seq; seq++) {
      const headers = (await streams.getMessage(stream, { seq }))?.header
      letters.push({ id: headers?.get('ce-id') ?? '', code: headers?.get('sm-dead-code') ?? '' })
    }
    return letters
  } finally {
    await connection.close()
  }
}
