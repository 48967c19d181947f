import type { Evidence } from '../contract/index.ts'
import type { Receipt, RouteStep } from '../routing/index.ts'
import type { SentReceipt } from './copies.ts'
import { takenStep } from './route-steps.ts'

/** The receipt of a publish. Its route is made when it is asked for: most never are. */
export class PublishReceipt implements Receipt {
  readonly id: string
  readonly evidence: Evidence
  readonly copies: number | undefined
  readonly transports: readonly string[]
  declare readonly archived?: readonly string[]
  #steps: readonly RouteStep[] | undefined
  readonly #roundTripMs: number | undefined

  constructor(
    id: string,
    { evidence, copies, archived }: SentReceipt,
    transports: readonly string[],
    steps: readonly RouteStep[] | undefined,
    roundTripMs: number | undefined,
  ) {
    this.id = id
    this.evidence = evidence
    this.copies = copies
    this.transports = transports
    if (archived) this.archived = archived
    this.#steps = steps
    this.#roundTripMs = roundTripMs
  }

  get route(): readonly RouteStep[] {
    this.#steps ??= this.transports.map(name => takenStep(name, this.evidence, this.#roundTripMs))
    return this.#steps
  }
}
