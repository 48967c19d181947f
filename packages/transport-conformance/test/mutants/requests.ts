import { codecNamed, toBody } from '@sm/core/transport'
import { changed, onTheWay, override } from '../override.ts'
import type { Mutant } from './mutant.ts'

export const requests: readonly Mutant[] = [
  {
    name: 'drops mail that comes all at once',
    breaks: ['REQ-02'],
    mutate(inner) {
      let thisTurn = 0
      return override(inner, {
        publish(frame, address, options) {
          if (address.kind === 'topic' || frame.header.delivery !== 'at-most-once') {
            return inner.publish(frame, address, options)
          }
          if (thisTurn++ === 0) {
            setImmediate(() => {
              thisTurn = 0
            })
          }
          return thisTurn > 60 ? { evidence: 'accepted' } : inner.publish(frame, address, options)
        },
      })
    },
  },
  {
    name: 'forgets when a frame expires',
    breaks: ['REQ-03', 'FID-01', 'CORE-01'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => {
        const { header, body } = delivery.frame
        hand(changed(delivery, { frame: { header: { ...header, expiresAt: undefined }, body } }))
      }),
  },
  {
    name: 'loses what an error says',
    breaks: ['REQ-04'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => {
        const { header } = delivery.frame
        const frame = { header, body: toBody({}, codecNamed('json')) }
        hand(header.type === 'sm.error' ? changed(delivery, { frame }) : delivery)
      }),
  },
]
