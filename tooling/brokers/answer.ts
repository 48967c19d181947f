import { connect } from 'node:net'

/** Long enough for a server on a busy machine. */
const answerTimeoutMs = 2_000

/**
 * Returns the answer of a server on 127.0.0.1 to this, once it is enough; the bytes until then when the connection ends or
 * nothing more comes. Undefined when there is no connection.
 */
export function answerOf(
  port: number,
  hello: string,
  enough: (answer: Buffer) => boolean,
  timeoutMs = answerTimeoutMs,
): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    let answer = Buffer.alloc(0)
    let connected = false
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => socket.destroy(), timeoutMs)
    socket.on('connect', () => {
      connected = true
      socket.write(hello, 'latin1')
    })
    socket.on('data', chunk => {
      answer = Buffer.concat([answer, chunk])
      if (enough(answer)) socket.destroy()
    })
    // The connection closes after it, which says all.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(connected ? answer : undefined)
    })
  })
}
