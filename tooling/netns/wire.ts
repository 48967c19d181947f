/**
 * A wire between two interfaces, as bad as it is told to be: for kernels that have no netem. `socat` puts whole frames into
 * datagrams and back.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createSeededRandom, fraction } from '@sm/core/transport'

const { ends, loss, delayMs, jitterMs } = JSON.parse(process.argv[2] as string) as {
  readonly ends: readonly [string, string]
  readonly loss: number
  readonly delayMs: number
  readonly jitterMs: number
}
const random = createSeededRandom(7)
const counts = { passed: 0, lost: 0, overtaken: 0 }

/** A datagram socket that stands for an interface. */
async function openEnd(device: string, port: number) {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  socket.setRecvBufferSize(1_048_576)
  const socat = spawn('socat', [`INTERFACE:${device}`, `UDP4:127.0.0.1:${port},sourceport=${port + 1}`], {
    stdio: 'ignore',
  })
  socat.once('exit', () => process.exit(1))
  process.once('exit', () => socat.kill('SIGKILL'))
  const send = (frame: Buffer) => socket.send(frame, port + 1, '127.0.0.1')
  return { socket, send }
}

const [left, right] = [await openEnd(ends[0], 40_000), await openEnd(ends[1], 40_010)]
for (const [from, to] of [
  [left, right],
  [right, left],
] as const) {
  let newest = 0
  let number = 0
  from.socket.on('message', frame => {
    if (fraction(random) < loss) {
      counts.lost += 1
      return
    }
    number += 1
    const own = number
    setTimeout(
      () => {
        if (own < newest) counts.overtaken += 1
        newest = Math.max(newest, own)
        counts.passed += 1
        to.send(frame)
      },
      delayMs + jitterMs * fraction(random),
    )
  })
}

process.on('message', ({ kind }: { readonly kind: string }) => process.send?.({ kind, ...counts }))
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
