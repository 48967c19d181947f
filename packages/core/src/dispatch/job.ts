import type { Frame, Header } from '../message/index.ts'
import type { Transport } from '../transport/index.ts'

/** How handling ended when nothing failed. Everything but `handled` means that the handler did not run. */
export type Outcome = 'handled' | 'ignored' | 'expired' | 'duplicate' | 'unaccepted'

/** One message on its way to one handler. */
export class Job {
  readonly frame: Frame
  readonly attempt: number
  readonly transport: Transport
  /** The payload as the handler gets it; set by the validate stage. */
  payload: unknown = undefined
  /** What the handler returned. */
  result: unknown = undefined
  /** The handler's own promise while it runs, also after the timeout stage has given up on it. */
  running: Promise<unknown> | undefined = undefined
  /** Why the handler should stop, once it should. */
  abortReason: unknown = undefined
  #controller: AbortController | undefined

  constructor(frame: Frame, attempt: number, transport: Transport) {
    this.frame = frame
    this.attempt = attempt
    this.transport = transport
  }

  get header(): Header {
    return this.frame.header
  }

  /** Made when a handler first asks for it: most never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.abortReason !== undefined) this.#controller.abort(this.abortReason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.abortReason !== undefined) return
    this.abortReason = reason
    this.#controller?.abort(reason)
  }
}
