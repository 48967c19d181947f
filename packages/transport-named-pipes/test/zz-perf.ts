import { createAgent, defineMessage, unchecked } from '@sm/core'
import '@sm/transport-named-pipes'
type P = { seq: number; ts: number; body: string }
const Amo = defineMessage('p.amo', { schema: unchecked<P>(), delivery: 'at-most-once' })
const Alo = defineMessage('p.alo', { schema: unchecked<P>() })
const Req = defineMessage('p.req', { schema: unchecked<P>(), reply: unchecked<{ seq: number }>() })
const transports = { 'named-pipes': { base: '/tmp/smtry' } }
const role = process.argv[2]
if (role === 'sub') {
  const b = await createAgent('b', { transports })
  let n = 0
  await b.subscribe(Amo, () => { n++ }).ready; await b.subscribe(Alo, () => { n++ }).ready
  await b.subscribe(Req, ({ seq }) => seq < 0 ? { seq: n } : { seq }).ready
  process.send!('ready')
  process.on('message', async () => { await b.stop(); process.exit() })
} else {
  const { fork } = await import('node:child_process')
  const child = fork(process.argv[1]!, ['sub'], { execArgv: ['--conditions=@sm/source', ...(process.env.SUBPROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/profsub'] : [])] })
  await new Promise(r => child.once('message', r))
  const a = await createAgent('a', { transports })
  const body = 'x'.repeat(Number(process.argv[3] ?? 100))
  const count = Number(process.argv[4] ?? 300_000)
  const which = process.argv[5]
  let total = 0
  const got = async () => (await a.request(Req, { seq: -1, ts: 0, body: '' }, { to: 'b' })).seq
  for (let round = 0; round < 3; round++) for (const M of [Amo, Alo]) {
    if (which && M.type !== which) continue
    const t = performance.now()
    if (M === Amo) for (let i = 0; i < count; i++) await a.publish(M, { seq: i, ts: 1, body })
    else { const flying: Promise<unknown>[] = []; for (let i = 0; i < count; i++) { flying.push(a.publish(M, { seq: i, ts: 1, body })); if (flying.length === 1000) await Promise.all(flying.splice(0)) } await Promise.all(flying) }
    total += count
    while (await got() < total) ;
    console.log(M.type, body.length, Math.round(count / (performance.now() - t) * 1000), 'msg/s')
  }
  let t = performance.now(); const R = 5000
  for (let i = 0; i < R; i++) await a.request(Req, { seq: i, ts: 0, body }, { to: 'b' })
  console.log('request us', (performance.now() - t) / R * 1000)
  t = performance.now(); const W = 64; let done = 0
  await Promise.all(Array.from({ length: W }, async () => { while (done++ < 100_000) await a.request(Req, { seq: 1, ts: 0, body }, { to: 'b' }) }))
  console.log('64 in flight', Math.round(100_000 / (performance.now() - t) * 1000), 'req/s')
  await a.stop(); child.send('stop')
}
