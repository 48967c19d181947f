import { closeSync, constants, fstatSync, openSync, rmdirSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { pipesError } from './errors.ts'
import { FifoMaker } from './fifo-maker.ts'

const maker = new FifoMaker()

/** Makes FIFOs that are readable and writable by this user alone from the moment they exist. Throws `SM_PIPES_CREATE`. */
export function makeFifos(...paths: string[]): Promise<void> {
  return maker.make(...paths)
}

/**
 * Never blocks: a FIFO without a reader or writer would hold a plain open for ever. Links are not followed. Throws
 * `SM_PIPES_GONE` when it is not there, or nobody reads what is to be written.
 */
function open(path: string, access: number): number {
  let fd: number
  try {
    fd = openSync(path, access | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENXIO' || code === 'ENOENT') throw pipesError('SM_PIPES_GONE', `Nobody reads ${path}`, { cause })
    throw pipesError('SM_PIPES_OPEN', `${path} cannot be opened`, { cause })
  }
  if (fstatSync(fd).isFIFO()) return fd
  closeSync(fd)
  throw pipesError('SM_PIPES_OPEN', `${path} is not a pipe`)
}

/** The end of a FIFO that reads, and a way to let go of the writer that is held so that it does not end before it began. */
export interface ReadEnd {
  readonly socket: Socket
  /** A real writer has come: from now on the pipe ends when that writer does, also when it is killed. */
  release(): void
}

/** Opens a FIFO to read from. It does not end until it is released and its writers are gone. */
export function openReadEnd(path: string): ReadEnd {
  const fd = open(path, constants.O_RDONLY)
  let held: number | undefined
  try {
    held = open(path, constants.O_WRONLY)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const release = () => {
    if (held !== undefined) closeSync(held)
    held = undefined
  }
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.once('close', release)
  return { socket, release }
}

/** Opens a FIFO to write to. Throws `SM_PIPES_GONE` when nobody reads it. */
export function openWriteEnd(path: string): Socket {
  return new Socket({ fd: openWriter(path), readable: false, writable: true })
}

/** The descriptor of a FIFO that somebody reads. Throws `SM_PIPES_GONE` when nobody does. */
export function openWriter(path: string): number {
  return open(path, constants.O_WRONLY)
}

/** Removes a directory that nothing is left in. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // Others are still there, or it is gone already: either way there is nothing to do.
  }
}

/** Removes a file; it may be gone already. */
export function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
