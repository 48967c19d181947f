/** An instance of a bridge in a process of its own. It tells its health when asked, and ends by a stop or with the test. */
import '@sm/transport-named-pipes'
import '@sm/transport-nats'
import '@sm/transport-redis'
import type { Told } from '../../../../tooling/test/program.ts'
import { type BridgeOptions, createBridge } from '../../src/index.ts'

const tell = (message: Told) => {
  if (process.connected) process.send?.(message)
}

process.on('disconnect', () => process.exit())
const bridge = await createBridge(JSON.parse(process.argv[2] as string) as BridgeOptions)
process.on('message', async ({ kind }: Told) => {
  if (kind === 'health') tell({ kind, health: await bridge.health() })
  if (kind !== 'stop') return
  await bridge.stop()
  tell({ kind, health: await bridge.health() })
})
tell({ kind: 'ready' })
