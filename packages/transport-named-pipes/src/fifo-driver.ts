import { closeSync, existsSync, readdirSync, renameSync, writeSync } from 'node:fs'
import { type Clock, createUlids, isSmError, type Random } from '@sm/core/transport'
import {
  type Connection,
  type DiscoveryListener,
  fromSockets,
  type MeshDriver,
  type Self,
  type Sighting,
} from '@sm/mesh'
import { linksDirectory, openDirectory, openLinksDirectory } from './base-directory.ts'
import { type DirectoryListener, type DirectoryWatch, sharedWatch } from './directory-watch.ts'
import { pipesError } from './errors.ts'
import { openReadEnd, openWriteEnd, openWriter, type ReadEnd, remove, removeIfEmpty } from './fifo.ts'
import { FifoBatch } from './fifo-batch.ts'
import { formatGreeting, type Greeting, GreetingReader } from './greeting.ts'
import { removeLeftovers } from './leftovers.ts'
import { LinksAhead, maxAhead } from './links-ahead.ts'
import { inboxPath, linkPaths, parseInboxName } from './pipe-names.ts'

export interface FifoDriverOptions {
  readonly base: string | undefined
  readonly pollMs: number
}

/** The context that core gives the driver. */
export interface FifoDriverContext extends Self {
  readonly clock: Clock
  readonly random: Random
}

/** The pipes that agents of this process need at the same time are made together. */
const fifos = new FifoBatch()

/** How often each agent looks for what the killed have left, in milliseconds. */
const tidyMs = 15_000

/**
 * Links over FIFOs. The inbox of an instance takes greetings alone; each link has two pipes of its own, one for each
 * direction, which lose their names as soon as both sides have opened them: a process that is killed leaves no more
 * behind than its inbox.
 */
export class FifoDriver implements MeshDriver {
  readonly #options: FifoDriverOptions
  readonly #context: FifoDriverContext
  readonly #ids: { next(): string }
  #directory = ''
  #inbox: ReadEnd | undefined
  #onInbox: ((chunk: Buffer) => void) | undefined
  #onFault: (error: unknown) => void = () => {}
  #ahead: LinksAhead | undefined
  #watch: DirectoryWatch | undefined
  #listener: DirectoryListener | undefined
  #isRemaking = false
  #isClosed = false
  #tidiedAt = 0

  constructor(options: FifoDriverOptions, context: FifoDriverContext) {
    this.#options = options
    this.#context = context
    this.#ids = createUlids(context.clock, context.random)
  }

  async listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    const { agent, clock } = this.#context
    const reader = new GreetingReader(
      greeting => this.#greeted(greeting, accept, onFault),
      () => onFault(pipesError('SM_PIPES_GREETING', `Something else was written into the inbox of ${agent}`)),
    )
    this.#onInbox = chunk => reader.read(chunk)
    this.#onFault = onFault
    this.#tidiedAt = clock.elapsed()
    await this.#openOwnInbox()
  }

  async discover({ found, lost }: DiscoveryListener): Promise<void> {
    const { clock, instance } = this.#context
    this.#watch = sharedWatch(this.#directory, this.#options.pollMs, clock)
    this.#listener = {
      found,
      lost: gone => gone !== instance && lost(gone),
      looked: instances => {
        // A look may have begun before the inbox was there.
        if (!instances.has(instance) && !existsSync(this.#inboxPath)) void this.#remakeInbox()
        this.#tidy()
      },
    }
    await this.#watch.add(this.#listener)
  }

  async dial({ location, agent, instance }: Sighting, signal: AbortSignal): Promise<Connection> {
    // Nobody home is the commonest fault, and the cheapest to find out.
    const inbox = this.#openInbox(location)
    const ahead = this.#ahead?.take()
    const link = ahead ?? this.#ids.next()
    const { caller, called } = linkPaths(linksDirectory(this.#directory), link)
    let incoming: ReadEnd | undefined
    try {
      if (ahead === undefined) {
        openLinksDirectory(this.#directory)
        await fifos.make(caller, called)
      }
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
      // The next call meets whatever hinders this one, and says so.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#ahead?.remove()
    if (this.#listener) this.#watch?.remove(this.#listener)
    if (!this.#inbox) return
    remove(this.#inboxPath)
    this.#inbox.socket.destroy()
    removeIfEmpty(this.#directory)
    removeIfEmpty(linksDirectory(this.#directory))
  }

  get #inboxPath(): string {
    const { agent, instance } = this.#context
    return inboxPath(this.#directory, agent, instance)
  }

  /** Makes the inbox, and reads it. */
  async #openOwnInbox(): Promise<void> {
    const path = await this.#makeInbox()
    const hidden = `${path}.new`
    const inbox = openReadEnd(hidden)
    inbox.socket.on('data', this.#onInbox as (chunk: Buffer) => void)
    inbox.socket.on('error', this.#onFault)
    this.#inbox?.socket.destroy()
    this.#inbox = inbox
    // Its name appears only now that it is read: an inbox that nobody reads belongs to the dead.
    renameSync(hidden, path)
    if (this.#isClosed) await this.close()
  }

  /** Somebody has removed the inbox (a cleaner of the temporary directory, say): without it nobody would find this side. */
  async #remakeInbox(): Promise<void> {
    if (this.#isRemaking || this.#isClosed) return
    this.#isRemaking = true
    try {
      await this.#openOwnInbox()
    } catch (error) {
      this.#onFault(error)
    } finally {
      this.#isRemaking = false
    }
  }

  /** Now and then, what the killed have left is removed. */
  #tidy(): void {
    const { clock } = this.#context
    if (clock.elapsed() - this.#tidiedAt < tidyMs) return
    this.#tidiedAt = clock.elapsed()
    for (const directory of [this.#directory, linksDirectory(this.#directory)]) removeLeftovers(directory, clock.now())
  }

  /** Makes the pipe of the inbox, under a name that nobody looks for yet. Returns the name that it shall have. */
  async #makeInbox(): Promise<string> {
    const { namespace, clock } = this.#context
    for (let tries = 1; ; tries++) {
      this.#directory = openDirectory(this.#options.base, namespace)
      const path = this.#inboxPath
      try {
        for (const directory of [this.#directory, linksDirectory(this.#directory)])
          removeLeftovers(directory, clock.now())
        const links = this.#linksAtStart()
        const directory = links.length > 0 ? openLinksDirectory(this.#directory) : linksDirectory(this.#directory)
        await fifos.make(`${path}.new`, ...links.flatMap(link => Object.values(linkPaths(directory, link))))
        this.#ahead ??= new LinksAhead(directory, clock)
        this.#ahead.keep(links)
        return path
      } catch (error) {
        // The last of the others took the directories with it as it left: they are made again.
        if (tries === 3 || [this.#directory, linksDirectory(this.#directory)].every(path => existsSync(path)))
          throw error
        remove(`${path}.new`)
      }
    }
  }

  /** A link for each of those who are there as this side starts, up to a few. */
  #linksAtStart(): readonly string[] {
    if (this.#inbox) return []
    const inboxes = readdirSync(this.#directory).filter(name => parseInboxName(name))
    return inboxes.slice(0, maxAhead).map(() => this.#ids.next())
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
    const { caller, called } = linkPaths(linksDirectory(this.#directory), link)
    let incoming: ReadEnd | undefined
    try {
      incoming = openReadEnd(caller)
      const { release } = incoming
      // The caller opens its end once it has heard from this side: until then this side holds the pipe open itself.
      incoming.socket.once('readable', release)
      accept(fromSockets(`${agent}/${instance}`, incoming.socket, openWriteEnd(called)))
    } catch (error) {
      incoming?.socket.destroy()
      // The caller has given up meanwhile: where that is a fault, it is the caller's to tell. Who has left had no need of the link.
      if (!isSmError(error) || error.code !== 'SM_PIPES_GONE') onFault(error)
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
