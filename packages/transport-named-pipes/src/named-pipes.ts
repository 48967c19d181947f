import { defineTransport } from '@sm/core/transport'
import { type MeshOptions, MeshTransport, meshOptionNames } from '@sm/mesh'
import { capabilities } from './capabilities.ts'
import { FifoDriver } from './fifo-driver.ts'
import { WindowsDriver } from './windows-driver.ts'

/** Options of the named-pipes transport. All have defaults. */
export interface NamedPipesTransportOptions extends MeshOptions {
  /**
   * Directory under which namespaces keep their pipes, from the root. Default: `SM_PIPES_BASE`, `$XDG_RUNTIME_DIR/sm`, or
   * a directory of this user in the temp directory.
   */
  readonly base?: string
  /** How often the directory is looked through in case a change was missed, in milliseconds. Default 2,000. */
  readonly pollMs?: number
}

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    'named-pipes': NamedPipesTransportOptions
  }
}

/** The transport between processes of one machine, without a broker. */
export const namedPipes = defineTransport<NamedPipesTransportOptions>({
  name: 'named-pipes',
  contract: '1.0',
  version: '0.1.0',
  rank: 20,
  schemes: [],
  capabilities,
  options: { ...meshOptionNames, base: true, pollMs: true },
  create({ base, pollMs = 2_000, ...options }, context) {
    const driver =
      process.platform === 'win32' ? new WindowsDriver(pollMs, context) : new FifoDriver({ base, pollMs }, context)
    return new MeshTransport({ name: 'named-pipes', capabilities, driver }, options, context)
  },
})
