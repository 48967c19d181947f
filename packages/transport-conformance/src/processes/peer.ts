/**
 * A process that has the transports of one peer: it makes them with the harness of the module that it is given, one at a
 * time and perhaps several in turn, does with them what the suite says, and ends with it.
 */
import type { TransportHarness } from '../harness.ts'
import { HostedTransport } from './hosted-transport.ts'
import type { Down, Up } from './messages.ts'
import { fromRemoteError, toRemoteError } from './remote-error.ts'

const module = process.argv[2] ?? ''
// Begun now, and waited for by every call: what a call throws is told to the suite.
const loaded = load()
loaded.catch(() => undefined)
const transports = new Map<number, HostedTransport>()
const calls = new Map<number, AbortController>()

async function load(): Promise<TransportHarness<unknown>> {
  const { harness } = (await import(module)) as { readonly harness?: TransportHarness<unknown> }
  if (!harness) throw new TypeError(`The module ${module} exports no "harness"`)
  return harness
}

function tell(message: Up): void {
  if (process.connected) process.send?.(message)
}

async function perform(message: Extract<Down, { kind: 'call' }>, signal: AbortSignal): Promise<unknown> {
  const { name, port, args } = message
  const harness = await loaded
  if (name === 'open') {
    const transport = await HostedTransport.open(port, args, harness, tell)
    transports.set(port, transport)
    return transport.opened
  }
  if (name === 'fault') return harness.faults?.[args.name]()
  return transports.get(port)?.call(name, args, signal)
}

async function answer(message: Extract<Down, { kind: 'call' }>): Promise<void> {
  const { call } = message
  const controller = new AbortController()
  calls.set(call, controller)
  try {
    tell({ kind: 'answer', call, answer: await perform(message, controller.signal) })
  } catch (error) {
    const given = controller.signal.aborted && error === controller.signal.reason
    tell({ kind: 'failure', call, error: toRemoteError(error), given })
  } finally {
    calls.delete(call)
  }
}

process.on('message', (message: Down) => {
  if (message.kind === 'abort') calls.get(message.call)?.abort(fromRemoteError(message.reason))
  else if (message.kind === 'watch') transports.get(message.port)?.watch(message.addresses)
  else if (message.kind === 'settle') transports.get(message.port)?.settle(message)
  else void answer(message)
})
process.on('disconnect', () => process.exit())
