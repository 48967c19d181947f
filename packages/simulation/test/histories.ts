import type { HandlingRecord, History, ProcessRecord, PublishRecord, SightingRecord } from '../src/history/history.ts'

/** A history in which nothing has happened but what is given. */
export function historyOf(given: Partial<History>): History {
  const nothing = { processes: [], publishes: [], handlings: [], rejections: [], faults: [], wipes: [], sightings: [] }
  return { durationMs: 10_000, recoveryMs: 1_000, servers: ['bus'], ...nothing, gauges: [], notes: [], ...given }
}

/** A publish at least once to billing, which a broker has taken. */
export function publishOf(given: Partial<PublishRecord> = {}): PublishRecord {
  return {
    ...{ number: 1, at: 100, agent: 'shop', instance: 'SHOP1', type: 'order.placed', to: 'billing', key: undefined },
    ...{
      delivery: 'at-least-once',
      mayRepeat: false,
      endedAt: 110,
      outcome: 'ok',
      evidence: 'accepted',
      copies: 1,
      transports: ['bus'],
    },
    ...given,
  }
}

/** A try of its handler that went well. */
export function handlingOf(given: Partial<HandlingRecord> = {}): HandlingRecord {
  return {
    ...{ at: 120, agent: 'billing', instance: 'BILL1', handler: 'billing billing order.placed', store: 'one' },
    ...{ id: 'M1', type: 'order.placed', key: undefined, delivery: 'at-least-once', attempt: 1, transport: 'bus' },
    ...{ publish: 1, endedAt: 130, outcome: 'done' },
    ...given,
  }
}

/** A process that runs. */
export function processOf(given: Partial<ProcessRecord> = {}): ProcessRecord {
  return { agent: 'billing', instance: 'BILL1', host: 'billing-0', at: 0, store: 'one', places: {}, ...given }
}

/** That the directory of one process names another on the bus. */
export function sightingOf(given: Partial<SightingRecord> = {}): SightingRecord {
  return { by: 'SHOP1', instance: 'BILL1', wire: 'bus', at: 10, ...given }
}

/** A fault from one moment to another. */
export function faultOf(at: number, endsAt: number) {
  return { kind: 'partition', at, endsAt, target: 'billing-0' }
}
