/** A hub in a process of its own. */
import { createHub } from '../../src/index.ts'

const { token } = JSON.parse(process.argv[2] as string) as { token: string }
const hub = createHub({ token })
const url = await hub.listen({ port: 0, host: '0.0.0.0' })
process.send?.({ kind: 'ready', port: Number(new URL(url).port) })
process.on('disconnect', () => process.exit())
