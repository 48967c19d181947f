import { Weather } from '../faulty-driver.ts'
import { type CreateTransport, HostedTransport } from './hosted-transport.ts'
import type { Down, Up } from './messages.ts'
import { fromRemoteError, toRemoteError } from './remote-error.ts'

/**
 * Makes this process one that has real transports and does with them what a test says: one at a time, and perhaps several
 * in turn. It ends with the test.
 */
export function serveTransport(create: CreateTransport): void {
  const weather = new Weather()
  const transports = new Map<number, HostedTransport>()
  const calls = new Map<number, AbortController>()

  const tell = (message: Up) => {
    if (process.connected) process.send?.(message)
  }

  async function perform(message: Extract<Down, { kind: 'call' }>, signal: AbortSignal): Promise<unknown> {
    const { name, port, args } = message
    if (name === 'open') {
      const transport = new HostedTransport(port, args, (setting, context) => create(setting, context, weather), tell)
      transports.set(port, transport)
      return transport.capabilities
    }
    if (name === 'weather') {
      if (args.cut) weather.storm()
      else weather.cut = false
      return undefined
    }
    return transports.get(port)?.call(name, args, signal)
  }

  function call(message: Extract<Down, { kind: 'call' }>): void {
    const { call } = message
    const controller = new AbortController()
    calls.set(call, controller)
    perform(message, controller.signal).then(
      answer => {
        calls.delete(call)
        tell({ kind: 'answer', call, answer })
      },
      error => {
        calls.delete(call)
        const given = controller.signal.aborted && error === controller.signal.reason
        tell({ kind: 'failure', call, error: toRemoteError(error), given })
      },
    )
  }

  process.on('message', (message: Down) => {
    if (message.kind === 'abort') calls.get(message.call)?.abort(fromRemoteError(message.reason))
    else if (message.kind === 'watch') transports.get(message.port)?.watch(message.addresses)
    else if (message.kind === 'settle') transports.get(message.port)?.settle(message)
    else call(message)
  })
  process.on('disconnect', () => process.exit())
}
