import type { Frame, Transport, TransportChoice } from '@sm/core/transport'

/** A transport that hears nothing. `speaks` decides about each frame whether it is sent. */
export function deaf({ definition, options }: TransportChoice, speaks: (frame: Frame) => boolean): TransportChoice {
  const wrap = (transport: Transport): Transport =>
    new Proxy(transport, {
      get(target, name) {
        if (name === 'subscribe') return () => ({ ready: Promise.resolve(), close: async () => undefined })
        if (name === 'publish') {
          return (...given: Parameters<Transport['publish']>) =>
            speaks(given[0]) ? target.publish(...given) : { evidence: 'sent' }
        }
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { options, definition: { ...definition, create: (given, context) => wrap(definition.create(given, context)) } }
}
