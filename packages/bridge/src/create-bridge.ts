import { abortable, describeThrown } from '@sm/core/transport'
import type { Bridge } from './bridge.ts'
import { bridgeError } from './errors.ts'
import type { BridgeOptions } from './options.ts'
import { RunningBridge } from './running-bridge.ts'
import { toBridgeSettings } from './settings.ts'
import { chooseSide, nameOfPair } from './side.ts'

/**
 * Carries messages from one wire to another that no agent shares, as they are: id, sender, time, headers and body. Requests
 * cross, and their replies come back. Start it several times, and its instances share the messages: each crosses once.
 *
 * Resolves once both wires are ready and everything comes in that is to cross. Rejects with `SM_BRIDGE_OPTIONS`, `SM_BRIDGE_LOOP` for a
 * bridge onto itself, `SM_BRIDGE_START`, `SM_NAME_INVALID`, or what choosing a transport rejects with (`SM_TRANSPORT_…`); nothing is
 * left open then.
 *
 * Guarantees: a message at least once is acknowledged on the near side once the far side has it, and is repeated under its id
 * until then, so that it may come twice where an outcome was unknown. Messages of one sender that one instance carries keep their order.
 * A receipt of a publisher speaks of the near side alone.
 *
 * @example
 * await using bridge = await createBridge({ from: 'redis://office', to: nats({ url }), types: ['order.#'], agents: ['billing'] })
 */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const settings = toBridgeSettings(options)
  options.signal?.throwIfAborted()
  const from = await chooseSide('from', options.from, settings.namespace)
  const to = await chooseSide('to', options.to, settings.namespace)
  if (from.wire === to.wire) {
    const what = `Both sides of the bridge are ${from.choice.definition.name} in the namespace ${from.namespace}`
    throw bridgeError('SM_BRIDGE_LOOP', what)
  }
  const bridge = new RunningBridge(settings.name ?? nameOfPair(from, to), settings, { from, to })
  const late = new AbortController()
  const { clock, startTimeoutMs } = settings
  const cancel = clock.schedule(
    () => late.abort(new Error(`It took longer than ${startTimeoutMs} ms`)),
    startTimeoutMs,
    {
      keepAlive: true,
    },
  )
  const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal
  try {
    await abortable(bridge.open(signal), signal)
    return bridge
  } catch (cause) {
    await bridge.stop({ drain: false })
    options.signal?.throwIfAborted()
    const what = `The bridge ${bridge.name} did not start: ${describeThrown(cause)}`
    throw bridgeError('SM_BRIDGE_START', what, { cause })
  } finally {
    cancel()
  }
}
