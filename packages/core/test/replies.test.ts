import { describe, expect, it } from 'vitest'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { failureOf } from './orders.ts'
import { sideWorld } from './side-world.ts'

const Export = defineMessage('orders.export', { schema: unchecked<number>(), reply: unchecked<string>() })

describe('a reply that no frame can carry', () => {
  it('is answered with a coded error at once, told by the one who made it, and the next is not disturbed', async () => {
    const { agent, clock, sideOnly } = sideWorld({ maxFrameBytes: 2_000, encodes: true })
    const lines: string[] = []
    const write = (fields: object, text?: string) => void lines.push(`${text} ${JSON.stringify(fields)}`)
    const logger = { debug: () => {}, info: () => {}, warn: write, error: write }
    const shop = await agent('shop', sideOnly)
    const office = await agent('office', { ...sideOnly, logger })
    await office.subscribe(Export, count => 'x'.repeat(count))
    const began = clock.now()
    const error = await failureOf(() => shop.request(Export, 5_000, { to: 'office', timeoutMs: 60_000 }))
    expect(error).toMatchObject({ code: 'SM_FRAME_TOO_LARGE', details: { remote: true } })
    expect(clock.now() - began, 'it did not wait out its time').toBe(0)
    expect(lines.filter(line => line.includes('SM_FRAME_TOO_LARGE'))).toHaveLength(1)
    expect(await shop.request(Export, 5, { to: 'office' })).toBe('xxxxx')
  })
})
