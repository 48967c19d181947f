import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { TcpLine } from './tcp-line.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A client, and the socket of a server that it has come to over a line. */
async function connected() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const line = await TcpLine.to((server.address() as AddressInfo).port)
  const client = connect(line.port, '127.0.0.1')
  const [served] = (await once(server, 'connection')) as [Socket]
  closing.push(
    () => client.destroy(),
    () => served.destroy(),
    () => line.close(),
    () => server.close(),
  )
  return { line, client, served }
}

async function heard(socket: Socket, length: number): Promise<string> {
  let text = ''
  while (text.length < length) text += ((await once(socket, 'data')) as [Buffer])[0].toString()
  return text
}

describe('a TCP line', () => {
  it('carries both directions, and the end', async () => {
    const { client, served } = await connected()
    client.write('there')
    expect(await heard(served, 5)).toBe('there')
    served.write('back')
    expect(await heard(client, 4)).toBe('back')
    client.end()
    await once(served, 'end')
  })

  it('holds a direction, and gives what it has held in its order', async () => {
    const { line, client, served } = await connected()
    line.back.hold()
    served.write('1')
    client.write('the other direction passes')
    await heard(served, 26)
    expect(client.bytesRead).toBe(0)
    line.back.release()
    served.write('2')
    expect(await heard(client, 2)).toBe('12')
  })
})
