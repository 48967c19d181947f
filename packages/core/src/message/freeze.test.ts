import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { freezePlain } from './freeze.ts'
import { validate } from './schema.ts'

describe('freezing', () => {
  it('freezes what a schema made, in depth', () => {
    const schema = z.object({ list: z.array(z.object({ n: z.number() })) })
    const output = validate(schema, { list: [{ n: 1 }] }, 'A', 'payload') as { list: { n: number }[] }
    expect(Object.isFrozen(output)).toBe(true)
    expect(Object.isFrozen(output.list[0])).toBe(true)
  })

  it('leaves instances as they are', () => {
    const frozen = freezePlain({ at: new Date(0), bytes: new Uint8Array(2) })
    expect(Object.isFrozen(frozen.at)).toBe(false)
    frozen.bytes[0] = 1
    expect(frozen.bytes[0]).toBe(1)
  })
})
