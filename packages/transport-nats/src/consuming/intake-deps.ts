import type { BrokeredSettings } from '@sm/brokered'
import type { Clock } from '@sm/core/transport'
import type { Groups } from '../groups/groups.ts'
import type { Names } from '../wire/names.ts'
import type { Tries } from './tries.ts'

/** Dependencies that the consumers of one transport share. */
export interface IntakeDeps {
  readonly names: Names
  readonly groups: Groups
  readonly tries: Tries
  readonly settings: BrokeredSettings
  readonly clock: Clock
  readonly fault: (error: unknown) => void
  /** Makes the streams anew if they are gone. Never rejects. */
  readonly mend: () => Promise<void>
}
