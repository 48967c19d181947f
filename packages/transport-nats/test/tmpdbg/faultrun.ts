import { setTimeout as sleep } from 'node:timers/promises'
import { startBroker } from '/work/main/tooling/brokers/index.ts'
import { Wire } from '/work/main/packages/transport-nats/test/wire.ts'
import { connect } from '@nats-io/transport-node'
import { runFaults } from './run-faults.ts'
const options = { heartbeatMs: 500, deadAfterMs: 2_000, reconnect: { initialMs: 10, maxMs: 200 } }
for (let n = 0; n < Number(process.argv[2]); n++) {
const server = await startBroker('nats')
const wire = await Wire.to(server.port)
const kill = async () => { await server.kill(); await sleep(100); await server.restart() }
try {
const r = await runFaults({ module: new URL('file:///work/main/packages/transport-nats/src/index.ts'), transport: 'nats', options: { ...options, url: wire.url },
  faults: [{ name: 'killed', hurt: kill }, { name: 'killed again', hurt: kill }, { name: 'cut', hurt: async () => wire.cut() }, { name: 'frozen', async hurt() { await server.freeze(); await sleep(3000); await server.thaw() } }], seed: 2 + n, blindMs: 4000,
  inspect: async (story: any) => { const nc = await connect({ port: server.port }); 
    for (let k = 0; k < 8; k++) { const l = (await nc.request('$JS.API.CONSUMER.LIST.faults', '{}')).json() as any; const s = (await nc.request('$JS.API.STREAM.INFO.faults', '{}')).json() as any
    const busy = l.consumers.filter((c: any) => c.num_pending + c.num_ack_pending > 0); if (!busy.length && s.state.messages === 0) break
    console.log(k, story.join(', '), s.state.messages, s.state.first_seq, s.state.last_seq, JSON.stringify(busy.map((c: any) => ({ n: c.name, d: c.delivered, a: c.ack_floor, p: c.num_pending, ap: c.num_ack_pending, w: c.num_waiting, r: c.num_redelivered })))); await sleep(1000) }
    await nc.close() } } as any)
console.log(n, 'ok', r.ok, r.failed, r.unknown, r.repeats.length, r.story.join(', '))
} catch (e) { console.log(n, 'FAILED', (e as Error).message.slice(0, 500)) }
wire.close(); await server.stop()
}
