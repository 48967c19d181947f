import { type DeliveryLevel, type Frame, type Payload, type Transport, toHeader } from '@sm/core/transport'
import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { inbox, listen } from './transport-world.ts'

/** Payloads that both sides must understand: in JSON, as text and as bytes. */
export const sdkPayloads: readonly Payload[] = [
  { orderId: '7', lines: [1, 2.5, null, 'ü'] },
  'text',
  new Uint8Array([0, 1, 254]),
]

/** Extensions that no header can hold as they are. */
export const sdkExtensions = { tenant: 'Müller & Söhne 100%', subject: 'orders/7' }

/** Holds that the SDK has read an `order.placed` with that payload and {@link sdkExtensions}; `body` is what the wire carried. */
export function expectReadBySdk(event: CloudEvent<unknown>, payload: Payload, body: Uint8Array): void {
  expect(event.validate()).toBe(true)
  expect(event).toMatchObject({ type: 'order.placed', source: 'tester/1', specversion: '1.0', ...sdkExtensions })
  if (payload instanceof Uint8Array) expect(Buffer.from(body)).toEqual(Buffer.from(payload))
  else expect(event.data ?? null).toEqual(payload)
}

/**
 * Has the SDK write an event in each of `modes`, which `send` publishes at both levels to the inbox of `billing`, and holds
 * that `transport` reads it each time.
 */
export async function areReadAsTheSdkWrites(
  transport: Transport,
  send: (message: Message, delivery: DeliveryLevel) => unknown,
  modes: ReadonlyArray<'binary' | 'structured'> = ['binary', 'structured'],
): Promise<void> {
  const frames: Frame[] = []
  await listen(transport, inbox('billing'), {
    onDelivery: delivery => {
      frames.push(delivery.frame)
      delivery.ack()
    },
  })
  const event = new CloudEvent({ id: '1', source: '/shop', type: 'order.placed', data: { total: 12 }, tenant: 'acme' })
  for (const delivery of ['at-most-once', 'at-least-once'] as const) {
    for (const mode of modes) await send(HTTP[mode](event), delivery)
  }
  await eventually('all arrive', () => frames.length === 2 * modes.length)
  for (const { header, body } of frames) {
    expect(header).toMatchObject({ id: '1', from: '/shop', type: 'order.placed', extensions: { tenant: 'acme' } })
    expect(header.time).toBe(Date.parse(event.time as string))
    expect(body.value()).toEqual({ total: 12 })
    expect(toHeader(header)).toEqual(header)
  }
  const kept = frames.filter(({ header }) => header.delivery === 'at-least-once')
  expect(kept).toHaveLength(modes.length)
}
