import fc from 'fast-check'
import { expect, it } from 'vitest'
import { transportError } from '../src/errors/index.ts'
import type { Evidence, SmError, Via } from '../src/index.ts'
import { OrderPlaced } from './orders.ts'
import { shopWithWires } from './several-wires.ts'

type Answer = 'persisted' | 'none' | 'failed' | 'unknown' | 'silent'

const wireCount = 3
const answers = fc.array(fc.constantFrom<Answer>('persisted', 'none', 'failed', 'unknown', 'silent'), {
  minLength: wireCount,
  maxLength: wireCount,
})
const order = fc.shuffledSubarray([0, 1, 2], { minLength: wireCount, maxLength: wireCount })
const vias = fc.constantFrom<Via>('all', 'any', 'quorum', { quorum: 3 })

/** How a publish should end after these answers, in this order; undefined while it should go on. */
function expected(via: Via, given: readonly Answer[]): 'done' | 'failed' | undefined {
  const taken = given.filter(answer => answer === 'persisted').length
  const refused = given.filter(answer => answer === 'failed' || answer === 'unknown').length
  const open = wireCount - given.length
  if (via === 'all') return open > 0 ? undefined : refused > 0 ? 'failed' : 'done'
  const needed = via === 'any' ? 1 : via === 'quorum' ? 2 : 3
  if (taken >= needed) return 'done'
  if (taken + open >= needed) return undefined
  return via === 'any' && refused === 0 ? 'done' : 'failed'
}

it('a publish by several wires ends when it should, as it should, and tells no more than is known', async () => {
  await fc.assert(
    fc.asyncProperty(answers, order, vias, async (answersByWire, turns, via) => {
      const { shop, wires, names, settle } = await shopWithWires(wireCount, { takes: false, logger: 'silent' })
      let end: 'done' | 'failed' | undefined
      let error: SmError | undefined
      let evidence: Evidence | undefined
      const publish = shop.publish(OrderPlaced, { n: 1 }, { via })
      publish.then(
        receipt => {
          end = 'done'
          evidence = receipt.evidence
        },
        thrown => {
          end = 'failed'
          error = thrown
        },
      )
      const given: Answer[] = []
      let atEnd: readonly Answer[] | undefined
      for (const i of turns) {
        const [answer, wire] = [answersByWire[i] as Answer, wires[i] as (typeof wires)[0]]
        if (answer === 'silent') continue
        given.push(answer)
        if (answer === 'persisted' || answer === 'none') {
          wire.evidence = answer
          wire.pending[0]?.take()
        } else {
          wire.pending[0]?.refuse(transportError('SM_PUBLISH_FAILED', 'no', { details: { outcome: answer } }))
        }
        await settle()
        if (end && !atEnd) atEnd = [...given]
        if (!atEnd) expect(end).toBe(expected(via, given))
      }
      if (atEnd) {
        expect(end).toBe(expected(via, atEnd))
        const mayHave = atEnd.length < wireCount || atEnd.some(answer => answer === 'persisted' || answer === 'unknown')
        if (error) expect(error.outcome).toBe(mayHave ? 'unknown' : 'failed')
        // A quorum and the first tell of those that took it; all of them tells the least.
        const least = via === 'all' ? atEnd.includes('none') : !atEnd.includes('persisted')
        if (evidence) expect(evidence).toBe(least ? 'none' : 'persisted')
      }
      expect(wires.map(({ ids }) => ids.length)).toEqual(names.map(() => 1))
      await shop.stop({ drain: false })
    }),
    { numRuns: 300, seed: 7 },
  )
})
