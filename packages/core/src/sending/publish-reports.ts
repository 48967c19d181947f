import type { Frame } from '../message/index.ts'
import { diagnostics, type PublishEvent, type Reporter } from '../telemetry/index.ts'

/** Reports of the publishes of one agent. */
export class PublishReports {
  readonly #reporter: Reporter

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  published(frame: Frame, transports: readonly string[]): void {
    this.#reporter.count('published', frame)
    this.#reporter.witness?.published(transports)
    if (diagnostics.publish.hasSubscribers) {
      diagnostics.publish.publish({ ...this.#reporter.who(frame), transports } satisfies PublishEvent)
    }
  }

  /** Nobody waits for the copy: its failure is told here or nowhere. */
  copyFailed(frame: Frame, transport: string, error: unknown): void {
    this.#reporter.count('copiesFailed', frame)
    this.#reporter.log('warn', frame, 'A copy failed', { transport, error })
    this.#reporter.failure(frame, 'copy', error)
  }

  failed(frame: Frame, error: unknown): void {
    this.#reporter.count('publishFailed', frame)
    this.#reporter.witness?.publishFailed()
    this.#reporter.failure(frame, 'publish', error)
  }
}
