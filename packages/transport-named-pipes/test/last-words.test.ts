import assert from 'node:assert/strict'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fromSockets } from '@sm/mesh'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { makeFifos, openReadEnd, openWriteEnd } from '../src/fifo.ts'
import { World } from './world.ts'

describe('what a peer wrote before it died', () => {
  it('is read to its end, although writing to it fails before', async () => {
    await using world = new World()
    const [there, back] = [join(world.base, 'there'), join(world.base, 'back')]
    await makeFifos(there, back)
    const ours = openReadEnd(back)
    const theirs = openSync(there, constants.O_RDONLY | constants.O_NONBLOCK)
    const connection = fromSockets('the dead', ours.socket, openWriteEnd(there))
    const peer = openSync(back, constants.O_WRONLY | constants.O_NONBLOCK)
    ours.release()
    const said = 60_000
    let heard = 0
    let closed = 0
    connection.open({
      data: chunk => {
        heard += chunk.length
      },
      drain: () => {},
      closed: () => {
        closed += 1
      },
    })
    // In one phase of a turn, as for one who is busy while its peer dies: the last words, the death, a write that fails.
    await new Promise(resolve => setImmediate(resolve))
    writeSync(peer, Buffer.alloc(said))
    closeSync(peer)
    closeSync(theirs)
    connection.write(Buffer.alloc(10))
    await eventually('the connection is closed', () => closed > 0)
    assert.equal(heard, said)
    assert.equal(closed, 1)
  })

  it('does not keep a connection alive to one who has only stopped reading', async () => {
    await using world = new World()
    const [there, back] = [join(world.base, 'there'), join(world.base, 'back')]
    await makeFifos(there, back)
    const ours = openReadEnd(back)
    const theirs = openSync(there, constants.O_RDONLY | constants.O_NONBLOCK)
    const connection = fromSockets('the deaf', ours.socket, openWriteEnd(there))
    const peer = openSync(back, constants.O_WRONLY | constants.O_NONBLOCK)
    ours.release()
    let closed = false
    connection.open({
      data: () => {},
      drain: () => {},
      closed: () => {
        closed = true
      },
    })
    closeSync(theirs)
    connection.write(Buffer.alloc(10))
    await eventually('the connection is closed', () => closed)
    closeSync(peer)
  })
})
