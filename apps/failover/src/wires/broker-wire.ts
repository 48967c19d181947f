import { type Broker, type BrokerName, startBroker } from '../../../../tooling/brokers/index.ts'
import type { FaultName } from '../faults.ts'
import { TcpLine } from '../lines/tcp-line.ts'
import type { FailingWire, Mend } from './failing-wire.ts'
import { strikeLine } from './line-faults.ts'

/** Starts a broker. `withLine`: the sender comes to it over a line of ours, which can fail as well. */
export async function startBrokerWire(name: BrokerName, withLine: boolean): Promise<FailingWire> {
  const broker = await startBroker(name)
  const line = withLine ? await TcpLine.to(broker.port) : undefined
  return {
    name,
    sender: { transport: line ? onPort(broker.url, line.port) : broker.url, env: {} },
    receiver: { transport: broker.url, env: {} },
    strike: async fault => (line && strikeLine(line, fault)) ?? strikeBroker(broker, fault),
    async stop() {
      await line?.close()
      await broker.stop()
    },
  }
}

async function strikeBroker(broker: Broker, fault: FaultName): Promise<Mend> {
  if (fault === 'freeze') {
    await broker.freeze()
    return () => broker.thaw()
  }
  if (fault !== 'kill' && fault !== 'restart') throw new TypeError(`There is no line to ${broker.name} that could fail`)
  await broker.kill()
  return () => broker.restart({ fresh: fault === 'restart' })
}

function onPort(url: string, port: number): string {
  const moved = new URL(url)
  moved.port = String(port)
  return moved.href
}
