import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bytes, unchecked, validate } from './schema.ts'

const schemas = {
  zod: z.object({ orderId: z.string(), lines: z.array(z.object({ quantity: z.number().int() })) }),
  valibot: v.object({
    orderId: v.string(),
    lines: v.array(v.object({ quantity: v.pipe(v.number(), v.integer()) })),
  }),
  arktype: type({ orderId: 'string', lines: type({ quantity: 'number.integer' }).array() }),
}

describe.each(Object.entries(schemas))('a schema of %s', (_, schema) => {
  it('passes what fits', () => {
    const payload = { orderId: '7', lines: [{ quantity: 1 }] }
    expect(validate(schema, payload, 'The', 'order')).toEqual(payload)
  })

  it('names each field that does not fit', () => {
    const payload = { orderId: 7, lines: [{ quantity: 1 }, { quantity: 1.5 }] }
    const paths = expect.objectContaining({
      code: 'SM_PAYLOAD_INVALID',
      details: {
        issues: expect.arrayContaining([
          { path: 'orderId', message: expect.any(String) },
          { path: 'lines.1.quantity', message: expect.any(String) },
        ]),
      },
    })
    expect(() => validate(schema, payload, 'The', 'order')).toThrow(paths)
    for (const shown of ['[SM_PAYLOAD_INVALID] The order does not fit', 'orderId: ', 'lines.1.quantity: ']) {
      expect(() => validate(schema, payload, 'The', 'order')).toThrow(shown)
    }
  })
})

describe('a schema', () => {
  it('may turn the payload into something else', () => {
    expect(validate(z.object({ at: z.coerce.number() }), { at: '7' }, 'The', 'time')).toEqual({ at: 7 })
  })

  it('may take its time', async () => {
    const known = z.string().refine(async text => text === 'known', 'is not known')
    await expect(validate(known, 'known', 'The', 'name')).resolves.toBe('known')
    await expect(validate(known, 'other', 'The', 'name')).rejects.toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
      details: { issues: [{ path: '', message: 'is not known' }] },
    })
  })

  it('may find any number of faults: twenty are named, the rest counted', () => {
    const payload = Array.from({ length: 30 }, () => 'x')
    expect(() => validate(z.array(z.number()), payload, 'The', 'list')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('(and 10 more)'),
        details: { issues: expect.objectContaining({ length: 20 }) },
      }),
    )
  })

  it('of bytes takes bytes and nothing else', () => {
    const data = new Uint8Array([1])
    expect(validate(bytes(), data, 'The', 'blob')).toBe(data)
    expect(() => validate(bytes(), [1], 'The', 'blob')).toThrow(expect.objectContaining({ code: 'SM_PAYLOAD_INVALID' }))
  })

  it('that checks nothing takes anything', () => {
    expect(validate(unchecked<{ a: number }>(), 'whatever', 'The', 'value')).toBe('whatever')
  })
})
