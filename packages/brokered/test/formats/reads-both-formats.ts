import { createAgent, defineMessage, type Header, type TransportsConfig, unchecked } from '@sm/core'
import { expect, it } from 'vitest'
import { eventually } from '../../../../tooling/test/eventually.ts'
import type { FrameFormat } from '../../src/index.ts'

const Told = defineMessage('form.told', { schema: unchecked<{ n: number }>(), delivery: 'at-most-once' })
const Kept = defineMessage('form.kept', { schema: unchecked<{ n: number }>(), delivery: 'at-least-once' })
const Bytes = defineMessage('form.bytes', { schema: unchecked<Uint8Array>(), delivery: 'at-least-once' })
const Double = defineMessage('form.double', { schema: unchecked<number>(), reply: unchecked<number>() })
const Refused = defineMessage('form.refused', { schema: unchecked<number>(), reply: unchecked<number>() })

export interface Formats {
  readonly transport: string
  /** Options by which it reaches the broker. */
  readonly options: () => object
  readonly deadLetters: (namespace: string) => Promise<number>
}

const pairs: ReadonlyArray<readonly [FrameFormat, FrameFormat]> = [
  ['compact', 'cloudevents'],
  ['cloudevents', 'compact'],
  ['compact', 'compact'],
]

/** Whatever form an agent sends, every other reads it: nothing of a message gets lost, and replies find their way. */
export function itReadsBothFormats({ transport, options, deadLetters }: Formats): void {
  it.each(pairs)('reads what is sent as %s where others send %s', { timeout: 60_000 }, async (near, far) => {
    const namespace = `format-${near}-${far}`
    const agent = (id: string, format: FrameFormat) =>
      createAgent(id, {
        namespace,
        transports: { [transport]: { ...options(), format } } as TransportsConfig,
        logger: 'silent',
      })
    await using billing = await agent('billing', far)
    await using shop = await agent('shop', near)
    const heard: Array<{ readonly payload: unknown; readonly header: Header }> = []
    const hear = (payload: unknown, { header }: { readonly header: Header }) => void heard.push({ payload, header })
    await billing.subscribe(Told, hear)
    await billing.subscribe(Kept, hear)
    await billing.subscribe(Bytes, hear)
    await billing.subscribe(Double, n => 2 * n)
    await billing.subscribe(Refused, () => {
      throw Object.assign(new Error('no'), { retryable: false })
    })

    const rare = { key: 'k-1', ttlMs: 60_000, extensions: { tenant: 'größe' }, correlationId: 'a conversation' }
    await shop.publish(Told, { n: 1 })
    await shop.publish(Told, { n: 2 }, { ...rare, to: 'billing' })
    await shop.publish(Kept, { n: 3 }, rare)
    await shop.publish(Kept, { n: 4 }, { to: 'billing' })
    await shop.publish(Bytes, new Uint8Array([1, 0, 255]))
    await eventually('all have arrived', () => heard.length === 5)
    expect(heard.map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, new Uint8Array([1, 0, 255])]),
    )
    for (const { payload, header } of heard) {
      expect(header.from).toMatch(/^shop\/[0-9A-Z]{26}$/)
      const { n } = payload as { n?: number }
      if (n !== 2 && n !== 3) continue
      const { key, extensions, correlationId } = rare
      expect(header).toMatchObject({ key, extensions, correlationId, expiresAt: header.time + 60_000 })
    }

    expect(await Promise.all([1, 2, 3].map(n => shop.request(Double, n, { to: 'billing' })))).toEqual([2, 4, 6])
    await expect(shop.request(Refused, 1, { to: 'billing' })).rejects.toMatchObject({ code: 'SM_HANDLER_FAILED' })
    const Bad = defineMessage('form.bad', { schema: unchecked<number>(), delivery: 'at-least-once' })
    await billing.subscribe(Bad, () => {
      throw Object.assign(new Error('never'), { retryable: false })
    })
    await shop.publish(Bad, 1, { to: 'billing' })
    await expect.poll(() => deadLetters(namespace), { timeout: 10_000 }).toBe(1)
  })

  it('refuses a format that there is not', async () => {
    const transports = { [transport]: { ...options(), format: 'xml' } } as TransportsConfig
    await expect(createAgent('shop', { transports })).rejects.toMatchObject({
      code: 'SM_TRANSPORT_CONFIG',
      message: expect.stringContaining('format'),
    })
  })
}
