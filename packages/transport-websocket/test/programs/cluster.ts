/** A cluster whose two workers each open a hub at the same port, one after the other. Says what each came to, and ends. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { isSmError } from '@sm/core'
import { createHub } from '../../src/index.ts'

async function open(): Promise<string> {
  try {
    await createHub().listen({ port: Number(process.env.PORT) })
    return 'open'
  } catch (error) {
    return isSmError(error) ? error.code : String(error)
  }
}

if (cluster.isWorker) process.send?.(await open())
else {
  const { port } = JSON.parse(process.argv[2] as string)
  const ends: string[] = []
  for (let i = 0; i < 2; i++) {
    const [end] = await once(cluster.fork({ PORT: port }), 'message')
    ends.push(end)
  }
  process.send?.({ kind: 'ends', ends })
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill()
  process.disconnect()
}
