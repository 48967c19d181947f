import assert from 'node:assert/strict'
import type { Environment } from '../environment.ts'
import { topic } from '../test-peer.ts'

/** Throws unless a subscription to `pattern` gets what is published on `fitting` topics and on no `other`. */
export async function matches(
  env: Environment,
  pattern: string,
  fitting: readonly string[],
  others: readonly string[],
) {
  const [producer, consumer] = await env.peers('producer', 'consumer')
  const listener = await consumer.listen(pattern)
  const frames = []
  for (const type of fitting) frames.push(await producer.send(topic(type)))
  for (const type of others) await producer.send(topic(type))
  await listener.got(frames)
  await env.silence(producer, [topic(fitting[0] as string), listener])
  const types = listener.headers.map(({ type }) => type)
  assert.deepEqual([...types].sort(), [...fitting].sort(), `The pattern ${pattern} let through other topics`)
}
