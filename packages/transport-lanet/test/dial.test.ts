import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { systemClock } from '@sm/core/transport'
import { describe, it } from 'vitest'
import { connect } from '../src/link/connect.ts'
import { toPeer } from './board.ts'
import { linked, World } from './world.ts'

const never = new AbortController().signal

/** A server that takes calls and says nothing. */
async function silent(): Promise<Server & { readonly place: string }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return Object.assign(server, { place: `127.0.0.1:${port}` })
}

/** A port where nobody listens. */
async function closedPlace(): Promise<string> {
  const server = await silent()
  await new Promise(resolve => server.close(resolve))
  return server.place
}

describe('a call', () => {
  it('reaches the first address that answers', async () => {
    const server = await silent()
    const closed = await closedPlace()
    const { address, socket } = await connect([closed, server.place, closed], systemClock, never)
    assert.equal(address, server.place)
    socket.destroy()
    server.close()
  })

  it('that reaches nobody tells why', async () => {
    const closed = await closedPlace()
    await assert.rejects(
      connect([closed, closed], systemClock, never),
      (error: { code: string; cause: { code: string } }) => {
        assert.equal(error.code, 'SM_LANET_DIAL')
        return error.cause.code === 'ECONNREFUSED'
      },
    )
    await assert.rejects(connect(['no place'], systemClock, never), { code: 'SM_LANET_DIAL' })
    await assert.rejects(connect([], systemClock, never), { code: 'SM_LANET_DIAL' })
  })

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController()
    // An address of the documentation: nobody answers there, or the machine says that there is no way.
    const calling = connect(['192.0.2.1:9'], systemClock, controller.signal)
    controller.abort(new Error('enough'))
    await assert.rejects(calling, /enough/)
    await assert.rejects(connect(['127.0.0.1:9'], systemClock, controller.signal), /enough/)
  })
})

describe('a peer with several addresses', () => {
  it('is found although nobody, somebody else or something silent is at the others', async () => {
    await using world = new World()
    const options = { handshakeMs: 400 }
    const something = await silent()
    const nobody = await closedPlace()
    const other = await world.open('other', options)
    const elsewhere = `127.0.0.1:${other.transport.health().details.port}`
    world.board.view = (_, seen) =>
      seen.agent === 'billing'
        ? { ...toPeer(seen), addresses: [something.place, nobody, elsewhere, ...toPeer(seen).addresses] }
        : undefined
    await world.open('billing', options)
    const shop = await world.open('shop', options)
    await linked(shop)
    something.close()
  })
})
