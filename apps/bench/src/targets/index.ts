import type { Scenario } from '../scenario.ts'

/** What stands behind one word of the command line. */
export interface Target {
  readonly scenarios: readonly Scenario[]
  /** Starts what the scenarios need besides our processes. */
  prepare?(): Promise<Prepared>
}

/** What is there for the scenarios of a target. */
export interface Prepared {
  /** What a subject may need and this machine has not, with the reason. */
  readonly absent: ReadonlyMap<string, string>
  close(): Promise<void>
}

/** What `pnpm bench` can measure. A target is loaded when it is asked for. */
export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  memory: async () => (await import('./memory.ts')).memory,
  'named-pipes': async () => (await import('./named-pipes.ts')).namedPipes,
  lanet: async () => (await import('./lanet.ts')).lanet,
  redis: async () => (await import('./broker.ts')).brokerTarget('redis'),
  nats: async () => (await import('./broker.ts')).brokerTarget('nats'),
  amqp: async () => (await import('./broker.ts')).brokerTarget('amqp'),
}
