import type { SeenDeadLetter } from '@sm/transport-conformance'
import { connect } from 'amqplib'
import { eventId } from '../src/wire/amqp-message.ts'

/** The dead letters that a server has of a namespace, the oldest first. */
export async function readDeadLetters(url: string, namespace: string): Promise<readonly SeenDeadLetter[]> {
  const connection = await connect(url)
  const letters: SeenDeadLetter[] = []
  try {
    const channel = await connection.createChannel()
    // The queue is made with the first of them, and asking for what is not there ends the channel.
    channel.on('error', () => undefined)
    const queue = `${namespace}.dead`
    const there = await channel.checkQueue(queue).then(
      () => true,
      () => false,
    )
    for (let next = there && (await channel.get(queue)); next; next = await channel.get(queue)) {
      const code = next.properties.headers?.['sm-dead-code']
      letters.push({ id: String(eventId(next.properties)), code: String(code) })
    }
    return letters
  } finally {
    // A message that was looked at goes back, as nobody has acknowledged it.
    await connection.close()
  }
}
