import type { Frame } from '../message/index.ts'
import { SettleOnce, type Settler } from '../transport/index.ts'

/** A delivery that knows its place among the unsettled ones of its consumer. */
export class MemoryDelivery extends SettleOnce {
  /** Where it stands in the consumer's list of unsettled deliveries. */
  place: number

  constructor(frame: Frame, attempt: number, settler: Settler<MemoryDelivery>, place: number) {
    super(frame, attempt, settler as Settler<never>)
    this.place = place
  }
}
