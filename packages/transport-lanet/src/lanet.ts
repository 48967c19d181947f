import { defineTransport } from '@sm/core/transport'
import { meshOptionNames } from '@sm/mesh'
import { capabilities } from './capabilities.ts'
import { LanetTransport } from './lanet-transport.ts'
import type { LanetTransportOptions } from './options.ts'

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    lanet: LanetTransportOptions
  }
}

/** The transport between the machines of a LAN, without a broker. */
export const lanet = defineTransport<LanetTransportOptions>({
  name: 'lanet',
  contract: '1.0',
  version: '0.1.0',
  rank: 40,
  schemes: [],
  capabilities,
  options: {
    ...meshOptionNames,
    ...{ keyDirectory: true, host: true, port: true, maxUnauthenticated: true, maxUnauthenticatedPerAddress: true },
    ...{ rekeyBytes: true, rekeyMs: true, mdns: true, peers: true, scan: true, listenMs: true },
    ...{ networkKey: true, publicKeys: true },
  },
  create: (options, context) => new LanetTransport(options, context),
})
