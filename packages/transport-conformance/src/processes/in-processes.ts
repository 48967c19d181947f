import type { TransportHarness, WireFaults } from '../harness.ts'
import { PeerPool } from './peer-pool.ts'
import { RemoteTransport } from './remote-transport.ts'
import { RouteBoard } from './route-board.ts'

/**
 * The same harness, with each peer in a process of its own, as users have them: nothing can be shared by mistake, a kill
 * is a SIGKILL, and what is read has really been written.
 *
 * `module` is the address of the module that exports the harness, as `harness`: each process imports it and calls its
 * `open`; `setUp` and `tearDown` are called in this process alone, and what `setUp` gives must survive a structured clone.
 * The module is run by Node.js itself, not by a test runner.
 *
 * @example
 * testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)))
 */
export function inProcesses(harness: TransportHarness<unknown>, module: string | URL): TransportHarness<unknown> {
  const boards = new Map<string, RouteBoard>()
  let pool: PeerPool | undefined

  function requirePool(): PeerPool {
    if (!pool) throw new TypeError(`The harness of ${harness.name} is used before its setUp()`)
    return pool
  }

  function boardOf(namespace: string): RouteBoard {
    const board = boards.get(namespace) ?? new RouteBoard()
    boards.set(namespace, board)
    return board
  }

  function faultsOf({ faults }: TransportHarness<unknown>): { readonly faults?: WireFaults } {
    if (!faults) return {}
    if (faults.scope !== 'process') return { faults }
    return {
      faults: {
        cut: () => requirePool().fault('cut'),
        restore: () => requirePool().fault('restore'),
        freeze: () => requirePool().signalOthers('SIGSTOP'),
        thaw: () => requirePool().signalOthers('SIGCONT'),
      },
    }
  }

  return Object.assign(Object.create(harness) as TransportHarness<unknown>, faultsOf(harness), {
    name: `${harness.name} across processes`,
    async setUp() {
      pool = new PeerPool(String(module))
      return harness.setUp?.()
    },
    async tearDown() {
      await pool?.close()
      boards.clear()
      await harness.tearDown?.()
    },
    async open(context, setting) {
      const peer = await requirePool().take()
      const transport = new RemoteTransport(harness.name, peer, boardOf(context.namespace))
      transport.on('state', ({ state }) => {
        if (state === 'stopped') requirePool().give(peer)
      })
      await transport.open(context, setting)
      if (transport.capabilities.reach !== 'process') return transport
      throw new TypeError(`The transport ${harness.name} reaches no other process: its peers must share one`)
    },
    async kill(transport) {
      const { process } = transport as RemoteTransport
      process.signal('SIGKILL')
      await process.exited
    },
  } satisfies Partial<TransportHarness<unknown>>)
}
