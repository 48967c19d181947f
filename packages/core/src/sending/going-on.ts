import { smError } from '../errors/index.ts'
import type { Frame } from '../message/index.ts'
import type { PublishReports } from './publish-reports.ts'
import type { Sending } from './sending.ts'

/** Messages that are under way on some transports when others have taken them, and that no publish waits for. */
export class GoingOn {
  readonly #maxPublishes: number
  readonly #reports: PublishReports
  #count = 0

  constructor(maxPublishes: number, reports: PublishReports) {
    this.#maxPublishes = maxPublishes
    this.#reports = reports
  }

  /** A message goes on for the time of its publish; where as many do as an agent may have waiting, it ends instead. */
  began(sending: Sending): void {
    const isFull = this.#count >= this.#maxPublishes
    this.#count += 1
    sending.hold()
    if (isFull) sending.abandon(smError('SM_PUBLISH_LIMIT', `${this.#maxPublishes} messages go on already`))
  }

  ended(sending: Sending): void {
    this.#count -= 1
    sending.end()
  }

  /** One transport failed, and its publish did not. */
  failed(frame: Frame, transport: string, error: unknown): void {
    this.#reports.copyFailed(frame, transport, error)
  }
}
