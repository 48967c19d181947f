import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHub } from '@sm/transport-websocket'
import { Server } from 'socket.io'
import { type WebSocket, WebSocketServer } from 'ws'
import type { WebSocketServers } from './websocket-servers.ts'

/** A body of 1 MiB and what stands around it. */
const maxBytes = 4 * 1_048_576

/** Above this, a client that is behind keeps the others waiting. */
const fullBytes = 1_048_576

/** Hands each message to the others of a path. Whoever sends waits while one of them is behind: nothing is lost. */
function relay(client: WebSocket, others: ReadonlySet<WebSocket>): void {
  client.on('message', (data, isBinary) => {
    for (const other of others) {
      if (other === client) continue
      const isFull = other.bufferedAmount > fullBytes
      if (isFull) client.pause()
      other.send(data, { binary: isBinary }, () => isFull && client.resume())
    }
  })
}

async function startRelay(): Promise<string> {
  const paths = new Map<string, Set<WebSocket>>()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: maxBytes, perMessageDeflate: false })
  server.on('connection', (client, { url = '/' }) => {
    const others = paths.get(url) ?? new Set<WebSocket>()
    paths.set(url, others.add(client))
    client.on('close', () => others.delete(client))
    relay(client, others)
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startSocketIo(): Promise<string> {
  const http = createServer()
  const server = new Server(http, { transports: ['websocket'], maxHttpBufferSize: maxBytes, serveClient: false })
  server.on('connection', socket => {
    const room = String(socket.handshake.auth.room)
    void socket.join(room)
    socket.on('sample', sample => socket.to(room).emit('sample', sample))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

const servers: WebSocketServers = {
  relay: await startRelay(),
  socketIo: await startSocketIo(),
  hub: await createHub().listen({ port: 0 }),
}
process.send?.(servers)
process.on('disconnect', () => process.exit())
