import type { Clock } from '@sm/core/transport'
import type { Recorder } from '../history/recorder.ts'
import type { Network } from '../network/network.ts'
import type { Replica } from '../processes/replica.ts'
import type { WireServer } from '../wire.ts'
import type { Fault } from './fault.ts'

/** What faults strike. */
export interface FaultTargets {
  readonly clock: Clock
  readonly network: Network
  readonly recorder: Recorder
  readonly replicas: ReadonlyMap<string, Replica>
  readonly servers: ReadonlyMap<string, WireServer>
}

/** Begins a fault. The result ends it. */
export function beginFault({ kind, hosts, severity }: Fault, targets: FaultTargets): (() => void) | undefined {
  const { network, replicas, servers } = targets
  const struck = new Set(hosts)
  const [host = ''] = hosts
  const replica = replicas.get(host)
  const server = servers.get(host)
  switch (kind) {
    case 'crash':
    case 'power-loss':
      replica?.crash(kind === 'crash' ? 'killed' : 'powerless')
      return () => replica?.start()
    case 'restart':
      void replica?.stop().then(() => replica.start())
      return undefined
    case 'partition':
      return network.block((from, to) => struck.has(from) !== struck.has(to))
    case 'half-open':
      return network.block((from, to) => struck.has(from) && !struck.has(to))
    case 'cut':
      network.cut(struck)
      return undefined
    case 'disturbance':
      return network.disturb({
        hosts: struck,
        loss: severity / 2,
        duplication: severity / 2,
        extraDelayMs: Math.floor(severity * 400),
      })
    case 'clock-jump':
      replica?.clock.setWall(Math.round((severity - 0.5) * 20_000))
      return undefined
    default:
      server?.crash()
      return () => server?.restart({ fresh: kind === 'broker-wipe' })
  }
}
