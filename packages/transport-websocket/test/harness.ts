import type { TransportHarness } from '@sm/transport-conformance'
import { createHub, type Hub, websocket } from '../src/index.ts'
import { FaultyProxy } from './faulty-proxy.ts'

const token = 'of the conformance suite'

let hub: Hub
let proxy: FaultyProxy

/**
 * Quick to notice and to return, so that the suite need not wait, yet patient with processes that share few cores; little
 * room, so that a publish soon has to.
 */
const options = {
  token,
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  handshakeMs: 1_000,
  reconnect: { initialMs: 10, maxMs: 100 },
}

/** The websocket transport as the conformance suite takes it: a real hub on a port, and weather on the way to it. */
export const harness: TransportHarness<string> = {
  name: 'websocket',
  async setUp() {
    hub = createHub({ token, heartbeatMs: 200, deadAfterMs: 1_500, handshakeMs: 1_000 })
    const own = new URL(await hub.listen({ port: 0 }))
    proxy = new FaultyProxy(Number(own.port))
    return `ws://127.0.0.1:${await proxy.listen()}`
  },
  async tearDown() {
    await hub.close()
    await proxy.close()
  },
  open: (context, url) => websocket.definition.create({ ...options, url }, context),
  deadLetters: { most: 1_000 },
  faults: {
    cut: () => proxy.cut(),
    restore: () => proxy.restore(),
    freeze: () => proxy.freeze(),
    thaw: () => proxy.thaw(),
  },
}
