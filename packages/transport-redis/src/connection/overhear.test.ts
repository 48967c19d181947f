import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { isCutShort, overhear } from './overhear.ts'

/** A server that does this with who connects. */
async function serverThat(greet: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const server = createServer(greet).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

it('hears why a server sends everybody away', async () => {
  const full = await serverThat(socket => socket.end('-ERR max number of clients reached\r\n'))
  expect(await overhear(full)).toMatchObject({ name: 'ReplyError', message: 'ERR max number of clients reached' })
})

it.each([
  ['says nothing', () => undefined],
  ['closes without a word', (socket: Socket) => void socket.destroy()],
  ['says what is no error', (socket: Socket) => void socket.write('+OK\r\n')],
])('hears nothing from one that %s', async (_what, greet) => {
  expect(await overhear(await serverThat(greet))).toBeUndefined()
})

it('hears nothing where nobody is', async () => {
  expect(await overhear({ host: '127.0.0.1', port: 1 })).toBeUndefined()
})

it('is of use where a connection ended while something was written', () => {
  expect(isCutShort(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toBe(true)
  expect(isCutShort(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBe(false)
  expect(isCutShort(undefined)).toBe(false)
})
