import { Command } from 'ioredis'
import { WireEvent } from './wire-event.ts'

/** The arguments of a command. */
export type Argument = string | number | Buffer | WireEvent

/** Longer than what stands around any argument. */
const frameBytes = 32

/**
 * A command that is written into one buffer at once. The driver would measure, join and encode the text of all its arguments, one after the
 * other, and copy each event once more.
 */
export class WireCommand extends Command {
  readonly #rest: readonly Argument[]

  /** `args` are those in which the driver looks for keys; `rest` comes after them. */
  constructor(name: string, args: readonly (string | number)[], rest: readonly Argument[]) {
    // Replies as bytes.
    super(name, args.map(String), { replyEncoding: null })
    this.#rest = rest
  }

  override toWritable(): Buffer {
    const args: readonly Argument[] = [this.name, ...(this.args as readonly string[]), ...this.#rest]
    let most = frameBytes
    for (const arg of args) most += frameBytes + sizeOf(arg)
    const into = Buffer.allocUnsafe(most)
    let at = into.write(`*${args.length}\r\n`, 0)
    for (const arg of args) at = write(arg, into, at)
    return into.subarray(0, at)
  }
}

function sizeOf(arg: Argument): number {
  if (typeof arg === 'number') return frameBytes
  return typeof arg === 'string' ? arg.length * 3 : arg.length
}

function write(arg: Argument, into: Buffer, start: number): number {
  let at = start
  if (typeof arg === 'string' || typeof arg === 'number') {
    const text = String(arg)
    at += into.write(`$${Buffer.byteLength(text)}\r\n${text}`, at)
  } else {
    at += into.write(`$${arg.length}\r\n`, at)
    if (arg instanceof WireEvent) at = arg.write(into, at)
    else at += arg.copy(into, at)
  }
  into[at] = 0x0d
  into[at + 1] = 0x0a
  return at + 2
}
