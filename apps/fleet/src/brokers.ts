import { createHub, type Hub } from '@sm/transport-websocket'
import { type Broker, type BrokerName, isBrokerName, startBroker } from '../../../tooling/brokers/index.ts'

/** Transports that agents can use, and the servers that were started for them. */
export interface Served {
  readonly transports: readonly string[]
  /** Ends the servers. */
  close(): Promise<void>
}

/** The brokers that are named without saying where one runs, each once. */
export function brokersToStart(transports: readonly string[]): readonly BrokerName[] {
  return [...new Set(transports)].filter(isBrokerName)
}

/**
 * Starts a server for each broker that is named without a URL, and a hub for `websocket`, all at once, and puts its URL in the
 * place of the name. Throws a BrokerError when one could not be started; none runs then.
 */
export async function serve(transports: readonly string[]): Promise<Served> {
  const names = brokersToStart(transports)
  const hub = transports.includes('websocket') ? createHub() : undefined
  const started = await Promise.allSettled(names.map(name => startBroker(name)))
  const brokers = started.flatMap((result): Broker[] => (result.status === 'fulfilled' ? [result.value] : []))
  const servers: readonly (Broker | Hub)[] = hub ? [...brokers, hub] : brokers
  const close = async () => void (await Promise.all(servers.map(server => server[Symbol.asyncDispose]())))
  try {
    const failed = started.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    const urls = new Map<string, string>(brokers.map(({ name, url }) => [name, url]))
    if (hub) urls.set('websocket', await hub.listen({ port: 0 }))
    return { transports: transports.map(name => urls.get(name) ?? name), close }
  } catch (error) {
    await close()
    throw error
  }
}
