import type { Reach, TransportChoice } from '@sm/core/transport'
import { type MeshOptions, MeshTransport, meshCapabilities } from '@sm/mesh'
import { checkOptions } from '../check-options.ts'
import type { OpenWire, Wire, WireProcess, WireWorld } from '../wire.ts'
import { Segment } from './segment.ts'
import { SimulatedMeshDriver } from './simulated-mesh-driver.ts'

/** Options of {@link meshWire}. All have defaults. */
export interface MeshWireOptions {
  /** Place on the ladder: of the wires that reach an agent, the one with the lowest rank is taken. Default 20. */
  readonly rank?: number
  /** How far it carries, as agents are told. Default `lan`. */
  readonly reach?: Reach
  /** Whether only processes of one site find each other. Default true. */
  readonly withinSite?: boolean
  /** Whether agents are told that it encrypts. Default false. */
  readonly encrypted?: boolean
  /** After how long a process that was killed is missed by discovery, in milliseconds. Default 5,000. */
  readonly goneAfterMs?: number
  /** Options of the mesh itself. */
  readonly mesh?: MeshOptions
}

const names: { readonly [Name in keyof Required<MeshWireOptions>]: true } = {
  ...{ rank: true, reach: true, withinSite: true, encrypted: true, goneAfterMs: true, mesh: true },
}

/**
 * A wire on which processes reach each other without a broker: the transport of `@sm/mesh` itself, over simulated
 * connections. What it carries comes in order; losses delay it.
 *
 * Throws `SM_SIMULATION_OPTIONS`.
 */
export function meshWire(options: MeshWireOptions = {}): Wire {
  checkOptions('A mesh wire', options, names)
  const { rank = 20, reach = 'lan', withinSite = true, encrypted = false, goneAfterMs = 5_000, mesh = {} } = options
  const capabilities = meshCapabilities({ reach, encrypted, maxFrameBytes: mesh.maxFrameBytes ?? 16_777_216 })
  return {
    open({ name, network }: WireWorld): OpenWire {
      const segments = new Map<string, Segment>()
      const segmentOf = (namespace: string, site: number) => {
        const key = withinSite ? `${namespace} ${site}` : namespace
        const segment = segments.get(key) ?? new Segment(network, goneAfterMs)
        segments.set(key, segment)
        return segment
      }
      return {
        choice: ({ endpoint, site }: WireProcess): TransportChoice => ({
          definition: {
            ...{ name, rank, capabilities, contract: '1.0', version: '0.0.0', schemes: [] },
            create(_options, context) {
              const driver = new SimulatedMeshDriver(network, segmentOf(context.namespace, site), endpoint, context)
              return new MeshTransport({ name, capabilities, driver }, mesh, context)
            },
          },
          options: {},
        }),
        partAt: site => (withinSite ? `site ${site}` : ''),
        gauges: () => ({}),
      }
    },
  }
}
