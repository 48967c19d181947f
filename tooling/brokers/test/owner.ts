/** A process that owns servers: says what they are once they run, then does nothing. */
import type { BrokerName } from '../broker.ts'
import { startBroker } from '../start.ts'

const { names } = JSON.parse(process.argv[2] as string) as { names: BrokerName[] }
const brokers = await Promise.all(names.map(name => startBroker(name)))
process.send?.({ kind: 'owns', brokers: brokers.map(({ pid, directory, port }) => ({ pid, directory, port })) })
setInterval(() => undefined, 2 ** 30)
