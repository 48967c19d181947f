import { defineTransport } from '@sm/core/transport'
import { ArchiveTransport } from './archive-transport.ts'
import { capabilitiesOf } from './capabilities.ts'
import { type ArchiveTransportOptions, fromUrl, toArchiveSettings } from './options.ts'

export type { ArchiveTransportOptions } from './options.ts'

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    archive: ArchiveTransportOptions
  }
}

/** The transport that only publishes: it keeps a copy of what its agent publishes in files, a line each. */
export const archive = defineTransport<ArchiveTransportOptions>({
  name: 'archive',
  contract: '1.0',
  version: '0.1.0',
  rank: 90,
  schemes: ['archive'],
  capabilities: capabilitiesOf('interval'),
  options: {
    directory: true,
    types: true,
    maxFileBytes: true,
    maxFileAgeMs: true,
    maxFiles: true,
    compress: true,
    fsync: true,
    fsyncIntervalMs: true,
    maxWaitingBytes: true,
    checkMs: true,
  },
  fromUrl,
  create: (options, context) => new ArchiveTransport(toArchiveSettings(options), context),
})
