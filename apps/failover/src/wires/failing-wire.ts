import type { FaultName, WireName } from '../faults.ts'

/** How the agents of one side come to a wire. */
export interface Access {
  /** The transport: a URL, or its name. */
  readonly transport: string
  /** Environment of their processes. */
  readonly env: Readonly<Record<string, string>>
}

/** Ends a fault. Resolves when the wire is there again; how soon agents use it is theirs. */
export type Mend = () => Promise<void>

/** A wire of its own that fails when it is told to. */
export interface FailingWire {
  readonly name: WireName
  readonly sender: Access
  readonly receiver: Access
  /** Resolves when the wire has failed. */
  strike(fault: FaultName): Promise<Mend>
  stop(): Promise<void>
}
