import type { Role, RoleName } from '../role.ts'
import { desk } from './desk.ts'
import { probe } from './probe.ts'
import { scribe } from './scribe.ts'
import { visitor } from './visitor.ts'
import { watch } from './watch.ts'

/** The roles of members of the fleet. */
export const roles: Readonly<Record<RoleName, Role>> = { probe, watch, desk, scribe, visitor }
