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
    if (diagnostics.publish.hasSubscribers) {
      diagnostics.publish.publish({ ...this.#reporter.who(frame), transports } satisfies PublishEvent)
    }
  }

  failed(frame: Frame, error: unknown): void {
    this.#reporter.count('publishFailed', frame)
    this.#reporter.failure(frame, 'publish', error)
  }
}
