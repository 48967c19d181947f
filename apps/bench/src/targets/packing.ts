import { bodyOf } from '../payload.ts'
import type { Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'

const load = () => import('../systems/packed-body.ts')

const order = {
  orderId: '01JD8Z4N5Q2M6R7T8V9W0X1Y2Z',
  customer: 'c-1042',
  total: 119.9,
  currency: 'EUR',
  express: false,
  lines: Array.from({ length: 8 }, (_, i) => ({
    sku: `SKU-${i}`,
    name: `Article number ${i}`,
    count: i + 1,
    price: 9.5,
  })),
}

const values: Readonly<Record<string, unknown>> = {
  'a text of 128 B': { seq: 7, ts: 1_790_000_000_000, body: bodyOf(128) },
  'a text of 16 KiB': { seq: 7, ts: 1_790_000_000_000, body: bodyOf(16_384) },
  'an order of 8 lines': order,
  'a list of 500 numbers': Array.from({ length: 500 }, (_, i) => i * 37),
}

function scenario(name: string, value: unknown): Scenario {
  const subjects: readonly Subject[] = [
    { system: 'json', delivery: 'none', open: async () => (await load()).packedBody((await load()).jsonForm, value) },
    {
      system: 'msgpackr',
      delivery: 'none',
      open: async () => (await load()).packedBody((await load()).msgpackrForm, value),
    },
    {
      system: 'smartmessage',
      delivery: 'none',
      against: { system: 'msgpackr', target: 1 },
      open: async () => (await load()).packedBody((await load()).ourForm, value),
    },
  ]
  return { name, question: 'rate', subjects }
}

/** The form of bodies on links, packed and unpacked: what the mesh writes by hand, beside the library that it could use. */
export const packing: Target = { scenarios: Object.entries(values).map(([name, value]) => scenario(name, value)) }
