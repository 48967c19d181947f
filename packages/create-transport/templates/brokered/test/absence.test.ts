import assert from 'node:assert/strict'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { describe, it } from 'vitest'
import { templateBrokered } from '../src/index.ts'

const Task = defineMessage('task', { schema: unchecked<{ id: number }>() })

describe('the queue of an agent', () => {
  it('keeps what is sent to it while it is away, if it is durable', async () => {
    const options = { transports: [templateBrokered({ broker: 'absence' })], namespace: 'absence' }
    await using sender = await createAgent('sender', options)
    const done: number[] = []
    {
      await using worker = await createAgent('worker', { ...options, durable: true })
      await worker.subscribe(Task, ({ id }) => void done.push(id)).ready
      await sender.publish(Task, { id: 1 }, { to: 'worker' })
    }
    await sender.publish(Task, { id: 2 }, { to: 'worker' })
    await using worker = await createAgent('worker', { ...options, durable: true })
    const both = Promise.withResolvers<void>()
    await worker.subscribe(Task, ({ id }) => {
      done.push(id)
      if (done.length === 2) both.resolve()
    }).ready
    await both.promise
    assert.deepEqual(done, [1, 2])
  })
})
