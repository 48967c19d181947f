import type { Frame, Header } from '@sm/core/transport'
import { changed, fromWire, onTheWay, override } from '../override.ts'
import type { Mutant } from './mutant.ts'

/** The same frame, with other attributes. */
const withHeader = ({ header, body }: Frame, attributes: Partial<Header>): Frame => ({
  header: { ...header, ...attributes },
  body,
})

/** The promises that core cannot keep when a wire takes from it what it goes by. */
export const agents: readonly Mutant[] = [
  {
    name: 'gives the second copy of a message an id of its own',
    breaks: ['CORE-02'],
    mutate(inner) {
      const known = new Set<string>()
      return override(inner, {
        publish(frame, address, options) {
          const { id } = frame.header
          const isKnown = known.has(id)
          known.add(id)
          return inner.publish(isKnown ? withHeader(frame, { id: `${id}-${known.size}` }) : frame, address, options)
        },
      })
    },
  },
  {
    name: 'loses keys on the way',
    breaks: ['CORE-03', 'FID-01', 'FID-07'],
    mutate: inner =>
      onTheWay(
        inner,
        () => (delivery, hand) => hand(changed(delivery, { frame: withHeader(delivery.frame, { key: undefined }) })),
      ),
  },
  {
    name: 'says of each reply that it answers the last request',
    breaks: ['CORE-05', 'REQ-02'],
    mutate(inner) {
      let last: string | undefined
      const mixed = onTheWay(inner, () => (delivery, hand) => {
        const { correlationId } = delivery.frame.header
        if (correlationId === undefined || last === undefined) hand(delivery)
        else hand(changed(delivery, { frame: withHeader(delivery.frame, { correlationId: last }) }))
      })
      return override(mixed, {
        publish(frame, address, options) {
          if (frame.header.replyTo !== undefined) last = frame.header.id
          return inner.publish(fromWire(frame), address, options)
        },
      })
    },
  },
]
