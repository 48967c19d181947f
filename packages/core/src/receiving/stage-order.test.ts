import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { testJob } from '../../test/test-job.ts'
import { kindOf, testHost, testSubscriber } from '../../test/test-subscriber.ts'
import { createMemoryDeduplication } from '../deduplication/index.ts'
import { sleep } from '../kernel/index.ts'
import { defineMessage } from '../message/index.ts'
import type { Job } from './job.ts'

const Strict = defineMessage('order.placed', { schema: z.object({ n: z.number() }) })
const never = new Promise<never>(() => {})

/** A host whose store tells what was claimed. */
function watchedHost() {
  const claims: string[] = []
  const host = testHost()
  const store = createMemoryDeduplication({ clock: host.clock })
  const deduplication = {
    ...store,
    claim: (handler: string, id: string) => {
      claims.push(id)
      return store.claim(handler, id)
    },
  }
  return { claims, host: Object.assign(testHost({ deduplication }), { clock: host.clock }) }
}

describe('the order of the stages', () => {
  it('an expired message is claimed by nobody, whatever its sender or version', async () => {
    const { host, claims } = watchedHost()
    const subscriber = testSubscriber(host, () => 'done', { from: 'somebody else' })
    const job = testJob({ expiresAt: host.clock.now(), version: 9 })
    expect(await kindOf(subscriber.handle(job))).toBe('ignored')
    expect([host.ends, claims]).toEqual([['expired'], []])
  })

  it('a message that was not asked for is left alone, whatever its version', async () => {
    const { host, claims } = watchedHost()
    const subscriber = testSubscriber(host, () => 'done', { from: 'somebody else' })
    expect(await kindOf(subscriber.handle(testJob({ version: 9 })))).toBe('ignored')
    expect([host.ends, claims]).toEqual([['ignored'], []])
  })

  it('a version of the future is not remembered as handled: an updated handler takes it later', async () => {
    const { host, claims } = watchedHost()
    const future = testJob({ version: 2 })
    const old = await testSubscriber(host, () => 'done').handle(future)
    expect(old).toMatchObject({ kind: 'unaccepted', reason: { code: 'SM_VERSION_UNACCEPTED' } })
    expect(claims).toEqual([])
    const updated = testSubscriber(host, () => 'done', { versions: new Set([1, 2]) })
    expect(await kindOf(updated.handle(future))).toBe('ack')
    expect(host.ends).toEqual(['unaccepted', 'handled'])
  })

  it('a duplicate is neither decoded nor validated', async () => {
    const host = testHost()
    let decoded = 0
    const job = testJob()
    const { header, body } = job.frame
    const value = () => {
      decoded += 1
      return body.value()
    }
    const frame = { header, body: { contentType: body.contentType, bytes: body.bytes, value } }
    const subscriber = testSubscriber(host, () => 'done')
    const again = () => Object.assign(testJob(), { frame, header }) as Job
    await subscriber.handle(again())
    await subscriber.handle(again())
    expect([host.ends, decoded]).toEqual([['handled', 'duplicate'], 1])
  })

  it('a payload that does not fit takes no slot, and is rejected while others are stuck', async () => {
    const host = testHost()
    const subscriber = testSubscriber(host, () => never, { message: Strict, concurrency: 1 })
    void subscriber.handle(testJob())
    expect(await subscriber.handle(testJob({}, { n: 'x' }))).toMatchObject({
      kind: 'reject',
      reason: { code: 'SM_PAYLOAD_INVALID' },
    })
  })

  it('a message that waits for its predecessor of the same key holds no slot', async () => {
    const host = testHost()
    const subscriber = testSubscriber(host, job => (job.header.key ? never : 'done'), { concurrency: 2 })
    void subscriber.handle(testJob({ key: 'a' }))
    void subscriber.handle(testJob({ key: 'a' }))
    expect(await kindOf(subscriber.handle(testJob()))).toBe('ack')
  })

  it('a message that expires while it waits for a slot or its key is not begun, and is over for good', async () => {
    const host = testHost()
    const begun: string[] = []
    const subscriber = testSubscriber(
      host,
      async ({ header }) => {
        begun.push(header.id)
        await sleep(host.clock, 80)
      },
      { concurrency: 1 },
    )
    const expiresAt = host.clock.now() + 50
    const jobs = [
      testJob({ id: 'runs', key: 'a' }),
      testJob({ id: 'slot', expiresAt }),
      testJob({ key: 'a', expiresAt }),
    ]
    const verdicts = jobs.map(job => subscriber.handle(job))
    await host.clock.advance(80)
    expect(await Promise.all(verdicts.map(kindOf))).toEqual(['ack', 'ignored', 'ignored'])
    expect([begun, host.ends.toSorted()]).toEqual([['runs'], ['expired', 'expired', 'handled']])
  })

  it('the wait for a slot is no part of a handler’s time', async () => {
    const host = testHost()
    const subscriber = testSubscriber(host, () => sleep(host.clock, 80), { concurrency: 1, timeoutMs: 100 })
    const verdicts = [1, 2, 3].map(() => subscriber.handle(testJob()))
    await host.clock.advance(240)
    expect(await Promise.all(verdicts.map(kindOf))).toEqual(['ack', 'ack', 'ack'])
  })
})
