import assert from 'node:assert/strict'
import type { ConformanceCase, Need } from '../conformance-case.ts'
import { eachOnce, refused, sameFrames } from '../expectations.ts'
import type { Listener } from '../listener.ts'
import { addressees, fanOut, groups, receives, refusesLevel, wildcards } from '../needs.ts'
import { topic } from '../test-peer.ts'
import { matches } from './matches.ts'

const bothLevels: Need = {
  unmet: ({ capabilities: { delivery } }) =>
    delivery['at-least-once'] && delivery['at-most-once'] ? undefined : 'it offers one delivery level',
  async otherwise(env) {
    const [producer, consumer] = await env.peers('producer', 'consumer')
    const listener = await consumer.listen('one.level')
    await listener.got([await producer.send(topic('one.level'))])
    await refusesLevel(env, env.level === 'at-most-once' ? 'at-least-once' : 'at-most-once')
  },
}

/** The receivers of a frame, and those who must not get it. */
export const delivery: readonly ConformanceCase[] = [
  {
    id: 'DEL-01',
    title: "A frame to an agent's inbox reaches that agent and no other.",
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const [producer, target, other] = await env.peers('producer', 'target', 'other')
      const here = await target.listen(target.inbox)
      const there = [await producer.listen(producer.inbox), await other.listen(other.inbox)] as const
      const sent = await producer.sendMany(3, target.inbox)
      await here.got(sent)
      await env.silence(producer, [producer.inbox, there[0]], [other.inbox, there[1]], [target.inbox, here])
      eachOnce(here.ids, sent, 'The target did not get each frame once')
      for (const { ids } of there) sameFrames(ids, [], "Another agent got the target's mail")
    },
  },
  {
    id: 'DEL-02',
    title: "A frame to an instance's inbox reaches that instance and no other.",
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const [producer, target, twin] = await env.peers('producer', 'target', 'target')
      const here = await target.listen(target.instanceInbox)
      const there = await twin.listen(twin.instanceInbox)
      const agent = [await target.listen(target.inbox), await twin.listen(twin.inbox)] as const
      const sent = await producer.sendMany(3, target.instanceInbox)
      await here.got(sent)
      await env.silence(producer, [twin.instanceInbox, there], [target.inbox, ...agent], [target.instanceInbox, here])
      eachOnce(here.ids, sent, 'The instance did not get each frame once')
      for (const { ids } of [there, ...agent]) sameFrames(ids, [], "Another inbox got the instance's mail")
    },
  },
  {
    id: 'DEL-03',
    title: 'A frame on a topic reaches every group that subscribes to it, once.',
    atEachLevel: true,
    needs: [receives, fanOut],
    async run(env) {
      const [producer, a, b] = await env.peers('producer', 'a', 'b')
      const all = [await a.listen('fan.out'), await b.listen('fan.out'), await b.listen('fan.out', { group: 'third' })]
      all.push(await producer.listen('fan.out'))
      const sent = await producer.sendMany(3, topic('fan.out'))
      for (const listener of all) await listener.got(sent)
      await env.silence(producer, [topic('fan.out'), ...all])
      for (const { ids } of all) eachOnce(ids, sent, 'A group did not get each frame once')
    },
  },
  {
    id: 'DEL-04',
    title: 'Within a group one member gets each frame.',
    atEachLevel: true,
    needs: [receives, groups],
    async run(env) {
      const [producer, a, b, c] = await env.peers('producer', 'member', 'member', 'member')
      const members = [await a.listen('shared.work'), await b.listen('shared.work'), await c.listen('shared.work')]
      const inboxes = [await a.listen(a.inbox), await b.listen(b.inbox), await c.listen(c.inbox)]
      const shared = await producer.sendMany(20, topic('shared.work'))
      const mail = await producer.sendMany(20, a.inbox)
      const idsOf = (listeners: readonly Listener[]) => listeners.flatMap(({ ids }) => ids)
      await env.eventually('all arrive', () => idsOf(members).length >= 20 && idsOf(inboxes).length >= 20)
      await env.silence(producer, [topic('shared.work'), ...members], [a.inbox, ...inboxes])
      eachOnce(idsOf(members), shared, 'A group did not get each frame of its topic once')
      eachOnce(idsOf(inboxes), mail, 'Instances of an agent did not get each frame to its inbox once')
    },
  },
  {
    id: 'DEL-05',
    title: 'Members of a group share the load: none stays idle while frames flow.',
    atEachLevel: true,
    needs: [receives, groups],
    async run(env) {
      const [producer, a, b, c] = await env.peers('producer', 'member', 'member', 'member')
      const members = [await a.listen('shared.work'), await b.listen('shared.work'), await c.listen('shared.work')]
      const idle = () => members.filter(({ ids }) => ids.length === 0).length
      const arrived = () => members.reduce((sum, { ids }) => sum + ids.length, 0)
      // One after the other, so that no member is passed over because it is busy; chance may have its say.
      for (let sent = 1; sent <= 300 && idle() > 0; sent++) {
        await producer.send(topic('shared.work'))
        await env.eventually('a frame arrives', () => arrived() >= sent)
      }
      assert.equal(idle(), 0, `${idle()} of 3 members got none of 300 frames`)
    },
  },
  {
    id: 'DEL-06',
    title: 'A star in a pattern stands for exactly one segment.',
    atEachLevel: true,
    needs: [receives, wildcards],
    run: env =>
      matches(
        env,
        'star.*.end',
        ['star.x.end', 'star.end.end'],
        ['star.end', 'star.x.y.end', 'star.x', 'star.x.endless'],
      ),
  },
  {
    id: 'DEL-07',
    title: 'A hash in a pattern stands for any number of segments, also none.',
    atEachLevel: true,
    needs: [receives, wildcards],
    async run(env) {
      await matches(env, 'hash.#', ['hash', 'hash.a', 'hash.a.b.c'], ['hashes', 'other.hash', 'other'])
      await matches(env, 'in.#.end', ['in.end', 'in.x.end', 'in.x.y.end'], ['in', 'in.x', 'in.x.ending', 'end'])
    },
  },
  {
    id: 'DEL-08',
    title: 'A frame on another topic does not arrive.',
    atEachLevel: true,
    needs: [receives],
    run: env =>
      matches(
        env,
        'order.placed',
        ['order.placed'],
        [
          ...[
            'order',
            'placed',
            'order.placed.late',
            'order.place',
            'order.placedd',
            'order.Placed',
            'my.order.placed',
          ],
          'order-placed',
        ],
      ),
  },
  {
    id: 'DEL-09',
    title: 'Nothing crosses from one namespace into another.',
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const namespace = `${env.namespace}-other`
      const [producer, here] = await env.peers('producer', 'consumer')
      const stranger = await env.peer('consumer', { namespace })
      const outside = await env.peer('producer', { namespace })
      // Under the same names, and one that is in no group of this side.
      const listen = async (peer: typeof here, group: string) =>
        [await peer.listen('walled.topic', { group }), await peer.listen(peer.inbox)] as const
      const [mine, theirs] = [await listen(here, 'within'), await listen(stranger, 'without')]
      const sent = [...(await producer.sendMany(4, topic('walled.topic'))), ...(await producer.sendMany(4, here.inbox))]
      await mine[0].got(4)
      await mine[1].got(4)
      await env.silence(outside, [topic('walled.topic'), theirs[0]], [stranger.inbox, theirs[1]])
      eachOnce([...mine[0].ids, ...mine[1].ids], sent, 'Frames did not arrive within their own namespace')
      for (const { ids } of theirs) sameFrames(ids, [], 'A frame crossed into another namespace')
    },
  },
  {
    id: 'DEL-10',
    title: 'A late subscriber gets what is published after it was ready, and nothing from before.',
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const [producer, early, late] = await env.peers('producer', 'early', 'late')
      const first = await early.listen('running.story')
      await first.got(await producer.sendMany(3, topic('running.story')))
      await first.close()
      const second = await late.listen('running.story')
      const after = await producer.sendMany(3, topic('running.story'))
      await second.got(after)
      await env.silence(producer, [topic('running.story'), second])
      eachOnce(second.ids, after, 'A late subscriber got something else than what came after it')
    },
  },
  {
    id: 'DEL-11',
    title: 'A topic without subscribers is no error: publish resolves.',
    async run(env) {
      const producer = await env.peer('producer')
      for (const level of env.levels) await producer.send(topic('nobody.listens'), null, { delivery: level })
    },
  },
  {
    id: 'DEL-12',
    title: 'A frame to an inbox that nobody has is refused with SM_ROUTE_NONE, unless a durable transport keeps it.',
    needs: [addressees],
    async run(env) {
      const producer = await env.peer('producer')
      const inbox = { kind: 'inbox', agent: 'nobody' } as const
      const frame = producer.frame(inbox)
      const publish = () => env.within('a publish settles', producer.publish(frame, inbox))
      if (!env.capabilities.durable) return refused('SM_ROUTE_NONE', 'A frame to nobody', publish)
      const error = await publish().then(
        () => undefined,
        thrown => thrown,
      )
      if (error) return refused('SM_ROUTE_NONE', 'A frame to nobody', () => Promise.reject(error))
      // It was accepted, so it must have been kept.
      const nobody = await env.peer('nobody')
      await (await nobody.listen(inbox, { durable: true })).got([frame])
    },
  },
  {
    id: 'DEL-13',
    title: 'routes() names an inbox while it is subscribed, and a routes event tells of the change.',
    needs: [receives],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const routes = () => producer.transport.routes(consumer.inbox)
      let told = 0
      producer.transport.on('routes', () => {
        told += 1
      })
      const byBroker = routes().length > 0
      for (const { via } of routes()) assert.equal(via, 'broker', 'An inbox that nobody has is named')
      const listener = await consumer.listen(consumer.inbox)
      await env.eventually('the inbox is named', () => routes().length > 0)
      // Where the broker alone knows, nothing changes: there is nothing to tell.
      if (byBroker) return
      await env.eventually('a routes event tells of a new inbox', () => told > 0)
      told = 0
      await listener.close()
      await env.eventually('an inbox that was closed is named no more', () => routes().length === 0)
      await env.eventually('a routes event tells of an inbox that was closed', () => told > 0)
    },
  },
  {
    id: 'DEL-14',
    title: 'Two subscriptions of one group with different patterns each get their own copy.',
    atEachLevel: true,
    needs: [receives, wildcards, fanOut],
    async run(env) {
      const [producer, consumer, twin] = await env.peers('producer', 'consumer', 'consumer')
      const all = [
        await consumer.listen('order.placed'),
        await consumer.listen('order.*'),
        await twin.listen('#.placed'),
      ]
      const sent = await producer.sendMany(3, topic('order.placed'))
      for (const listener of all) await listener.got(sent)
      await env.silence(producer, [topic('order.placed'), ...all])
      for (const { ids } of all) eachOnce(ids, sent, 'A subscription did not get a copy of its own')
    },
  },
  {
    id: 'DEL-15',
    title: 'A closed subscription gets nothing more.',
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const [producer, consumer, other] = await env.peers('producer', 'consumer', 'other')
      const closed = await consumer.listen('still.coming')
      const open = await other.listen('still.coming')
      await env.silence(producer, [topic('still.coming'), closed, open])
      await closed.close()
      const before = closed.markers.size
      await producer.sendMany(3, topic('still.coming'))
      await env.silence(producer, [topic('still.coming'), open])
      sameFrames(closed.ids, [], 'A closed subscription got a frame')
      assert.equal(closed.markers.size, before, 'A closed subscription got a frame')
      // Closing once more is harmless.
      await closed.close({ drain: true })
    },
  },
  {
    id: 'DEL-16',
    title: 'Both delivery levels that are offered reach the same subscription.',
    needs: [receives, bothLevels],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const [onTopic, inInbox] = [await consumer.listen('both.levels'), await consumer.listen(consumer.inbox)]
      for (const delivery of env.levels) {
        const frames = [
          await producer.send(topic('both.levels'), null, { delivery }),
          await producer.send(consumer.inbox, null, { delivery }),
        ] as const
        await onTopic.got([frames[0]])
        await inInbox.got([frames[1]])
      }
    },
  },
]
