import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes pipes that are this user's alone, as the transport wants them. */
export async function makeFifos(...paths: string[]): Promise<void> {
  await run('mkfifo', ['-m', '600', '--', ...paths])
}

function open(path: string, access: number): number {
  return openSync(path, access | constants.O_NONBLOCK)
}

/** The end of a pipe that is read. It does not end before its first bytes, or before it is released, whoever has it open by then. */
export interface ReadEnd {
  readonly socket: Socket
  release(): void
}

export function openReadEnd(path: string): ReadEnd {
  const socket = new Socket({ fd: open(path, constants.O_RDONLY), readable: true, writable: false })
  let writer: number | undefined = open(path, constants.O_WRONLY)
  const release = () => {
    if (writer !== undefined) closeSync(writer)
    writer = undefined
  }
  socket.once('readable', release)
  socket.once('close', release)
  return { socket, release }
}

/** Throws when nobody reads it. */
export function openWriteEnd(path: string): Socket {
  return new Socket({ fd: open(path, constants.O_WRONLY), readable: false, writable: true })
}

/** Writes a line to a pipe that somebody reads; throws when nobody does, or it is full. */
export function writeLine(path: string, line: string): void {
  const fd = open(path, constants.O_WRONLY)
  try {
    writeSync(fd, `${line}\n`)
  } finally {
    closeSync(fd)
  }
}

/** The end of a pipe that many write to, one after the other: it has no end. */
export function openInbox(path: string): Socket {
  return new Socket({ fd: open(path, constants.O_RDWR), readable: true, writable: false })
}
