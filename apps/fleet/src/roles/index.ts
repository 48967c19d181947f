import type { Role } from '../member.ts'
import { desk } from './desk.ts'
import { probe } from './probe.ts'
import { scribe } from './scribe.ts'
import { visitor } from './visitor.ts'
import { watch } from './watch.ts'

export type RoleName = 'probe' | 'watch' | 'desk' | 'scribe' | 'visitor'

/** What each member of the fleet may be. */
export const roles: Readonly<Record<RoleName, Role>> = { probe, watch, desk, scribe, visitor }
