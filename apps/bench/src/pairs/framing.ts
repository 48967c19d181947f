import type { Socket } from 'node:net'

/** Values as JSON on a byte stream, each behind its length in four bytes. What a careful user would write by hand. */
const prefixBytes = 4
const batchBytes = 65_536

/** Sends values; a promise is to be awaited before the next one. */
export type Send = (value: unknown) => Promise<void> | undefined

/** One system call per value, or the values of one tick in one. */
export function createSender(sockets: readonly Socket[], coalesced: boolean): Send {
  return coalesced ? coalescing(sockets) : writing(sockets)
}

function encode(json: string): Buffer {
  const bytes = Buffer.byteLength(json)
  const packet = Buffer.allocUnsafe(prefixBytes + bytes)
  packet.writeUInt32BE(bytes, 0)
  packet.write(json, prefixBytes)
  return packet
}

function writing(sockets: readonly Socket[]): Send {
  const drained = watchDrains(sockets)
  return value => {
    const packet = encode(JSON.stringify(value))
    for (const socket of sockets) socket.write(packet)
    return drained()
  }
}

function coalescing(sockets: readonly Socket[]): Send {
  const drained = watchDrains(sockets)
  const spare: Buffer<ArrayBuffer>[] = []
  let batch = Buffer.allocUnsafeSlow(batchBytes)
  let used = 0
  let scheduled = false

  const flush = () => {
    scheduled = false
    if (used === 0) return
    const sent = batch
    const bytes = used
    let writing = sockets.length
    used = 0
    batch = spare.pop() ?? Buffer.allocUnsafeSlow(batchBytes)
    const written = () => {
      // The buffer is free again when the last of the sockets is done with it.
      if (--writing === 0) spare.push(sent)
    }
    for (const socket of sockets) socket.write(sent.subarray(0, bytes), written)
  }

  return value => {
    const json = JSON.stringify(value)
    if (used + prefixBytes + json.length * 3 > batchBytes) flush()
    if (prefixBytes + json.length * 3 > batchBytes) {
      const packet = encode(json)
      for (const socket of sockets) socket.write(packet)
      return drained()
    }
    const bytes = batch.write(json, used + prefixBytes)
    batch.writeUInt32BE(bytes, used)
    used += prefixBytes + bytes
    if (!scheduled) {
      scheduled = true
      process.nextTick(flush)
    }
    return drained()
  }
}

/** The promise to await before the next value; one for all who send while the sockets are full. */
function watchDrains(sockets: readonly Socket[]): () => Promise<void> | undefined {
  let draining: Promise<void> | undefined
  return () => {
    if (draining || !sockets.some(({ writableNeedDrain }) => writableNeedDrain)) return draining
    const full = sockets.filter(({ writableNeedDrain }) => writableNeedDrain)
    const drains = full.map(socket => new Promise<void>(resolve => socket.once('drain', resolve)))
    draining = Promise.all(drains).then(() => {
      draining = undefined
    })
    return draining
  }
}

/** Calls `handle` with each value that comes in. */
export function readValues(socket: Socket, handle: (value: never) => void): void {
  let held: Buffer[] = []
  let heldBytes = 0
  /** How many bytes must be there before it is worth looking again. */
  let wanted = prefixBytes
  socket.on('data', chunk => {
    let bytes = chunk as Buffer
    if (heldBytes > 0) {
      held.push(bytes)
      heldBytes += bytes.length
      if (heldBytes < wanted) return
      bytes = Buffer.concat(held, heldBytes)
    }
    let at = 0
    for (;;) {
      wanted = prefixBytes
      if (at + prefixBytes > bytes.length) break
      wanted = prefixBytes + bytes.readUInt32BE(at)
      if (at + wanted > bytes.length) break
      handle(JSON.parse(bytes.toString('utf8', at + prefixBytes, at + wanted)) as never)
      at += wanted
    }
    heldBytes = bytes.length - at
    held = heldBytes > 0 ? [bytes.subarray(at)] : []
  })
}
