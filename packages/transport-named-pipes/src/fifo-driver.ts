import { closeSync, existsSync, renameSync, writeSync } from 'node:fs'
import { type Clock, createUlids, isSmError, type Random } from '@sm/core/transport'
import {
  type Connection,
  type DiscoveryListener,
  fromSockets,
  type MeshDriver,
  type Self,
  type Sighting,
} from '@sm/mesh'
import { openDirectory } from './base-directory.ts'
import { DirectoryWatch } from './directory-watch.ts'
import { pipesError } from './errors.ts'
import { makeFifos, openReadEnd, openWriteEnd, openWriter, type ReadEnd, remove, removeIfEmpty } from './fifo.ts'
import { FifoBatch } from './fifo-batch.ts'
import { formatGreeting, type Greeting, GreetingReader } from './greeting.ts'
import { removeLeftovers } from './leftovers.ts'
import { inboxPath, linkPaths } from './pipe-names.ts'

export interface FifoDriverOptions {
  readonly base: string | undefined
  readonly pollMs: number
}

/** What the driver is given by core. */
export interface FifoDriverContext extends Self {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Links over FIFOs. The inbox of an instance takes greetings alone; each link has two pipes of its own, one for each
 * direction, which lose their names as soon as both sides have opened them: a process that is killed leaves no more
 * behind than its inbox.
 */
export class FifoDriver implements MeshDriver {
  readonly #options: FifoDriverOptions
  readonly #context: FifoDriverContext
  readonly #ids: { next(): string }
  readonly #fifos = new FifoBatch()
  #directory = ''
  #inbox: ReadEnd | undefined
  #watch: DirectoryWatch | undefined

  constructor(options: FifoDriverOptions, context: FifoDriverContext) {
    this.#options = options
    this.#context = context
    this.#ids = createUlids(context.clock, context.random)
  }

  async listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    const { agent } = this.#context
    const path = await this.#makeInbox()
    const hidden = `${path}.new`
    this.#inbox = openReadEnd(hidden)
    const reader = new GreetingReader(
      greeting => this.#greeted(greeting, accept, onFault),
      () => onFault(pipesError('SM_PIPES_GREETING', `Something else was written into the inbox of ${agent}`)),
    )
    this.#inbox.socket.on('data', chunk => reader.read(chunk))
    this.#inbox.socket.on('error', onFault)
    // Its name appears only now that it is read: an inbox that nobody reads belongs to the dead.
    renameSync(hidden, path)
  }

  async discover(listener: DiscoveryListener): Promise<void> {
    this.#watch = new DirectoryWatch(this.#directory, this.#options.pollMs, this.#context.clock, listener)
    await this.#watch.start()
  }

  async dial({ location, agent, instance }: Sighting, signal: AbortSignal): Promise<Connection> {
    const link = this.#ids.next()
    const { caller, called } = linkPaths(this.#directory, link)
    // Nobody home is the commonest fault, and the cheapest to find out.
    const inbox = this.#openInbox(location)
    let incoming: ReadEnd | undefined
    try {
      await this.#fifos.make(caller, called)
      signal.throwIfAborted()
      incoming = openReadEnd(called)
      const { agent: own, instance: ownInstance } = this.#context
      greet(inbox, { link, agent: own, instance: ownInstance })
      return await this.#answered(incoming, caller, `${agent}/${instance}`, signal)
    } catch (error) {
      incoming?.socket.destroy()
      throw error
    } finally {
      closeSync(inbox)
      remove(caller)
      remove(called)
    }
  }

  forget({ location }: Sighting): void {
    try {
      closeSync(this.#openInbox(location))
    } catch {
      // Whatever hinders it, the next call will meet it too, and say so.
    }
  }

  async close(): Promise<void> {
    this.#watch?.close()
    if (!this.#inbox) return
    const { agent, instance } = this.#context
    remove(inboxPath(this.#directory, agent, instance))
    this.#inbox.socket.destroy()
    removeIfEmpty(this.#directory)
  }

  /** Makes the pipe of the inbox, under a name that nobody looks for yet. Returns the name that it shall have. */
  async #makeInbox(): Promise<string> {
    const { namespace, agent, instance, clock } = this.#context
    for (let tries = 1; ; tries++) {
      this.#directory = openDirectory(this.#options.base, namespace)
      const path = inboxPath(this.#directory, agent, instance)
      try {
        removeLeftovers(this.#directory, clock.now())
        await makeFifos(`${path}.new`)
        return path
      } catch (error) {
        // The last of the others took the directory with it as it left: it is made again.
        if (tries === 3 || existsSync(this.#directory)) throw error
      }
    }
  }

  /** The descriptor of a peer's inbox. What a dead process left is removed. */
  #openInbox(location: string): number {
    try {
      return openWriter(location)
    } catch (error) {
      // Only of the dead: out of descriptors, say, nobody can be told from the living.
      if (isSmError(error) && error.code === 'SM_PIPES_GONE') remove(location)
      throw error
    }
  }

  /** Waits until the one who was called writes: by then it reads, so that the other direction can be opened. */
  #answered(incoming: ReadEnd, caller: string, remote: string, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      incoming.socket.once('error', reject)
      incoming.socket.once('readable', () => {
        signal.removeEventListener('abort', onAbort)
        if (signal.aborted) return
        try {
          const outgoing = openWriteEnd(caller)
          incoming.release()
          resolve(fromSockets(remote, incoming.socket, outgoing))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #greeted(
    { link, agent, instance }: Greeting,
    accept: (connection: Connection) => void,
    onFault: (error: unknown) => void,
  ): void {
    const { caller, called } = linkPaths(this.#directory, link)
    let incoming: ReadEnd | undefined
    try {
      incoming = openReadEnd(caller)
      const { release } = incoming
      // The caller opens its end once it has heard from this side: until then this side holds the pipe open itself.
      incoming.socket.once('readable', release)
      accept(fromSockets(`${agent}/${instance}`, incoming.socket, openWriteEnd(called)))
    } catch (error) {
      // The caller has given up meanwhile, or never was.
      incoming?.socket.destroy()
      onFault(error)
    }
  }
}

function greet(inbox: number, greeting: Greeting): void {
  try {
    writeSync(inbox, formatGreeting(greeting))
  } catch (cause) {
    // Full, because its reader is stopped, or gone at this very moment.
    throw pipesError('SM_PIPES_GONE', 'The inbox of a peer takes no greeting', { cause })
  }
}
