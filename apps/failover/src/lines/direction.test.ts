import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { carry, Direction } from './direction.ts'

it('a direction gives what is late before what comes at once', async () => {
  const [from, to, direction] = [new PassThrough(), new PassThrough(), new Direction()]
  void carry(from, to, direction)
  direction.delayMs = 20
  from.write('1')
  await new Promise(setImmediate)
  direction.delayMs = 0
  from.end('2')
  expect(await text(to)).toBe('12')
})
