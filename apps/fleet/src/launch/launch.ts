import type { Report } from '../ledger/ledger-entry.ts'
import type { Member, Order } from '../member.ts'

/**
 * Puts a member to work somewhere and resolves when it is ready. This is where it is decided whether members share a
 * process: an order, the entries that are reported and the report of a stop are plain data, and may cross to another.
 */
export type Launch = (order: Order, report: Report) => Promise<Member>
