import { Server, Socket } from 'node:net'
import type { WireName } from './wire-name.ts'

/** How often connections that came about meanwhile are closed, in milliseconds. */
const closeAgainMs = 20

const closing = new Map<WireName, NodeJS.Timeout>()

/**
 * Closes every connection of a wire in this process beneath the library, which learns of it as of any connection that ends, and
 * goes on until the wire is mended. What was written and not yet read is gone.
 */
export function closeConnections(wire: WireName): void {
  if (closing.has(wire)) return
  const close = () => {
    for (const handle of handles()) {
      if (handle instanceof Socket && wireOf(handle) === wire) handle.destroy()
      // Whoever dials is dropped: zero would be taken for no limit by older versions of Node.
      if (handle instanceof Server && wireOf(handle) === wire) handle.maxConnections = -1
    }
  }
  close()
  closing.set(wire, setInterval(close, closeAgainMs))
}

/** Lets connections of a wire come about again. */
export function allowConnections(wire: WireName): void {
  clearInterval(closing.get(wire))
  closing.delete(wire)
  for (const handle of handles()) {
    if (handle instanceof Server && wireOf(handle) === wire) handle.maxConnections = Number.POSITIVE_INFINITY
  }
}

/** What is open in this process. Node has no other way to ask for it. */
function handles(): readonly unknown[] {
  return (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
}

/** Only TCP has addresses of hosts. The two streams of the process itself are no wire. */
function wireOf(handle: Socket | Server): WireName | undefined {
  if (handle instanceof Server) return typeof handle.address() === 'string' ? 'named-pipes' : 'lanet'
  if (handle === (process.stdout as unknown) || handle === (process.stderr as unknown)) return undefined
  return handle.connecting || handle.remoteAddress !== undefined ? 'lanet' : 'named-pipes'
}
