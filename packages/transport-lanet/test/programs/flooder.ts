/** Opens so many connections a second to a port, while it is told to, and authenticates none of them. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

const { port, perSecond } = JSON.parse(process.argv[2] as string) as { port: number; perSecond: number }
const tickMs = 10
let timer: NodeJS.Timeout | undefined
let opened = 0
let number = 0

/** Silence, half a message, a handshake that begins as it should, and what is none. */
const openings = [
  Buffer.alloc(0),
  Buffer.from([0, 48, 1]),
  Buffer.concat([Buffer.from([0, 48]), randomBytes(48)]),
  Buffer.from('GET / HTTP/1.1\r\n\r\n'),
]

function call(): void {
  number += 1
  // From many addresses, so that no limit for one address is what saves the victim.
  const localAddress = `127.0.${1 + (number % 100)}.${1 + (number % 200)}`
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const opening = openings[number % openings.length] as Buffer
  socket.on('error', () => {})
  socket.on('connect', () => {
    opened += 1
    if (opening.length > 0) socket.write(opening)
  })
  socket.setTimeout(500, () => socket.destroy())
}

process.on('message', ({ kind }: { kind: string }) => {
  clearInterval(timer)
  if (kind === 'flood') {
    opened = 0
    timer = setInterval(() => {
      for (let i = 0; i < (perSecond * tickMs) / 1_000; i++) call()
    }, tickMs)
  }
  process.send?.({ kind, opened })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
