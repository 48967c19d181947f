import type { Direction } from './direction.ts'

/** A line between the sender and the other side, whose faults this process decides. */
export interface Line {
  /** What the sender says. */
  readonly there: Direction
  /** What the sender hears. */
  readonly back: Direction
  close(): Promise<void>
}
