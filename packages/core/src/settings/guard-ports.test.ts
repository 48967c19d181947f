import { expect, it } from 'vitest'
import { createAgent } from '../agent/index.ts'
import { defineMessage, unchecked } from '../message/index.ts'
import '../codec/json.ts'
import '../memory/memory.ts'

const Ping = defineMessage('guard.ping', { schema: unchecked<number>() })

const broken = () => {
  throw new TypeError('this port is broken')
}

it('a logger, metrics or tracing port that throws keeps no message from its handler', async () => {
  const ports = {
    logger: { debug: broken, info: broken, warn: broken, error: broken },
    metrics: { count: broken, record: broken },
    tracing: { current: broken, run: <T>(_: unknown, handle: () => T) => handle() },
  }
  await using agent = await createAgent('guarded', { namespace: 'guard-ports', ...ports })
  const handled: number[] = []
  agent.subscribe(
    Ping,
    n => {
      handled.push(n)
      if (n === 1) throw new TypeError('as handlers do')
    },
    { retry: { maxAttempts: 1 } },
  )
  for (const n of [1, 2, 3]) await agent.publish(Ping, n)
  await agent.stop()
  expect(handled).toEqual([1, 2, 3])
})
