import { Redis } from 'ioredis'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { itKeepsItsPromises } from '../../brokered/test/promises/keeps-promises.ts'
import { readDeadLetters } from './dead-letters.ts'

const options = { heartbeatMs: 500, deadAfterMs: 2_000, reconnect: { initialMs: 10, maxMs: 200 } }

describeWithBroker('redis', {}, broker => {
  const ask = async <T>(question: (admin: Redis) => Promise<T>) => {
    const admin = new Redis(broker().url)
    const answer = await question(admin)
    admin.disconnect()
    return answer
  }
  itKeepsItsPromises({
    module: new URL('../src/index.ts', import.meta.url),
    transport: 'redis',
    options: () => ({ ...options, url: broker().url }),
    cut: () => ask(async admin => void (await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))),
    deadLetters: async namespace => (await readDeadLetters(broker().url, namespace)).length,
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
