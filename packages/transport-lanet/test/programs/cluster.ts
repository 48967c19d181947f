/** A cluster whose three workers each have an agent, which answers with its name until the primary ends. */
import cluster from 'node:cluster'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { lanet } from '../../src/index.ts'

const { keyDirectory, namespace } = JSON.parse((process.env.CLUSTER_CONFIG ?? process.argv[2]) as string)
const Ask = defineMessage('cluster.ask', { schema: unchecked<null>(), reply: unchecked<string>() })
const names = ['one', 'two', 'three']

if (cluster.isWorker) {
  const name = process.env.WORKER_NAME as string
  const agent = await createAgent(name, { namespace, transports: [lanet({ keyDirectory, host: '127.0.0.1' })] })
  await agent.subscribe(Ask, () => name)
  process.send?.('ready')
} else {
  const config = JSON.stringify({ keyDirectory, namespace })
  const workers = names.map(name => cluster.fork({ CLUSTER_CONFIG: config, WORKER_NAME: name }))
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  process.send?.({ kind: 'ready' })
  process.on('disconnect', () => {
    for (const { process: worker } of workers) worker.kill('SIGKILL')
    process.exit()
  })
}
