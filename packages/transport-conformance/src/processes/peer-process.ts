import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { smError } from '@sm/core/transport'
import type { CallName, Calls, Down, Up } from './messages.ts'
import { fromRemoteError, toRemoteError } from './remote-error.ts'

interface Pending {
  resolve(answer: unknown): void
  reject(error: unknown): void
  readonly signal: AbortSignal | undefined
}

/** The program of a peer's process: beside this file, be that a source or what was built of it. */
const program = fileURLToPath(new URL(`peer${extname(import.meta.url)}`, import.meta.url))

/** The flags by which a process finds and reads its modules: the process of a peer does it like this one. */
const ways = /^(--conditions|-C|--import|--loader|--experimental-loader|--experimental-strip-types)(=|$)/

function execArgv(): string[] {
  const given = process.execArgv
  return given.flatMap((flag, i) => {
    if (!ways.test(flag)) return []
    return flag.includes('=') || flag === '--experimental-strip-types' ? [flag] : [flag, given[i + 1] ?? '']
  })
}

/** The process of a peer, seen from that of the suite. */
export class PeerProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<number, (message: Up) => void>()
  readonly exited: Promise<void>
  #calls = 0
  #ports = 0
  #gone = false

  /** `module` exports the harness, as `harness`. */
  constructor(module: string) {
    this.#child = fork(program, [module], { execArgv: execArgv(), serialization: 'advanced' })
    this.#child.on('message', message => this.#heard(message as Up))
    this.exited = new Promise(resolve => {
      this.#child.once('exit', () => {
        this.#gone = true
        for (const { reject } of this.#pending.values()) reject(goneError())
        this.#pending.clear()
        resolve()
      })
    })
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Throws the error of a call, unless the process has ended meanwhile. */
  requireGone(error: unknown): void {
    if (!this.#gone) throw error
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** A number for another transport, whose messages go to `listener`. */
  port(listener: (message: Up) => void): number {
    this.#ports += 1
    this.#listeners.set(this.#ports, listener)
    return this.#ports
  }

  tell(message: Down): void {
    // Lines that were not written before the end are as good as lost.
    if (!this.#gone) this.#child.send(message, () => {})
  }

  call<Name extends CallName>(
    port: number,
    name: Name,
    args: Calls[Name]['args'],
    signal?: AbortSignal,
  ): Promise<Calls[Name]['answer']> {
    if (this.#gone) return Promise.reject(goneError())
    this.#calls += 1
    const call = this.#calls
    const abort = () => this.tell({ kind: 'abort', call, reason: toRemoteError(signal?.reason) })
    const ended = new Promise<Calls[Name]['answer']>((resolve, reject) => {
      this.#pending.set(call, { resolve: resolve as (answer: unknown) => void, reject, signal })
    })
    this.tell({ kind: 'call', call, port, name, args } as Down)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    return ended.finally(() => signal?.removeEventListener('abort', abort))
  }

  #heard(message: Up): void {
    if (message.kind !== 'answer' && message.kind !== 'failure') {
      this.#listeners.get(message.port)?.(message)
      return
    }
    const pending = this.#pending.get(message.call)
    this.#pending.delete(message.call)
    if (message.kind === 'answer') pending?.resolve(message.answer)
    else pending?.reject(message.given ? pending.signal?.reason : fromRemoteError(message.error))
  }
}

function goneError() {
  const what = 'The process of the transport has ended'
  return smError('SM_TRANSPORT_STATE', what, { details: { outcome: 'unknown' } })
}
