import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { type Channel, createChannelPair } from './channel.ts'

function listen(channel: Channel, name: string, told: string[]): void {
  channel.open({
    text: message => told.push(`${name} ${message}`),
    binary: message => told.push(`${name} ${message.length} bytes`),
    closed: error => told.push(`${name} closed ${error}`),
  })
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('a channel within the process', () => {
  it('carries messages in order, in a later turn, and says when they are through', async () => {
    const told: string[] = []
    const [one, two] = createChannelPair()
    one.send('early')
    listen(one, 'one', told)
    listen(two, 'two', told)
    two.send(Buffer.alloc(3), () => told.push('sent'))
    two.send('last')
    two.end()
    assert.deepEqual(told, ['two early'])
    await turn()
    await turn()
    two.send('too late')
    one.send('too late')
    await turn()
    assert.deepEqual(
      told.filter(line => line.startsWith('one') || line === 'sent'),
      ['one 3 bytes', 'sent', 'one last', 'one closed undefined'],
    )
    assert.ok(told.includes('two closed undefined'))
  })
})
