import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, topic } from '../../../tooling/test/transport-world.ts'
import { World } from './world.ts'

type Client = Awaited<ReturnType<World['client']>>

/** The result of a publish: its evidence, or the code of its error. */
async function endOf(publish: unknown): Promise<string> {
  try {
    return ((await publish) as { evidence: string }).evidence
  } catch (error) {
    return (error as { code: string }).code
  }
}

describeWithBroker('amqp', {}, broker => {
  /** Two that talk about one topic, and a client that knows nothing of them. */
  async function pair(world: World) {
    const [sender, receiver] = [await world.start({}, 'sender'), await world.start({}, 'receiver')]
    const place = topic('order.placed')
    const heard = await listen(receiver, 'order.placed')
    const publish = (number: number) => endOf(sender.publish(frameFor(place, number), place))
    await publish(0)
    await eventually('it works', () => heard.payloads.includes(0))
    return { publish, heard, client: await world.client() }
  }

  const harms: Readonly<Record<string, (client: Client, namespace: string, queue: string) => Promise<unknown>>> = {
    'the exchange of the topics': (client, namespace) => client.deleteExchange(`${namespace}.topics`),
    'a queue': (client, _, queue) => client.deleteQueue(queue),
    'a binding': (client, namespace, queue) => client.unbindQueue(queue, `${namespace}.topics`, 'order.placed'),
  }

  it.each(Object.keys(harms))(
    'has %s made again that somebody removes, and nothing resolves unhandled meanwhile',
    {
      timeout: 60_000,
    },
    async what => {
      await using world = new World({ url: broker().url, heartbeatMs: 3_000, deadAfterMs: 9_000 })
      const { publish, heard, client } = await pair(world)
      const names = await broker().eval(
        '[binary_to_list(Name) || {resource, _, queue, Name} <- rabbit_amqqueue:list_names()]',
      )
      const mine = names.match(/[^"]*order\.placed[^"]*/g)?.filter(name => name.startsWith(world.namespace)) ?? []
      await harms[what]?.(client, world.namespace, mine.find(name => !name.includes('.once.')) ?? '')
      const resolved: number[] = []
      await eventually('it works again', async () => {
        const number = resolved.length + 1
        const end = await publish(number)
        expect(end).not.toBe('none')
        if (!end.startsWith('SM_')) resolved.push(number)
        return heard.payloads.length > 1
      })
      await eventually('whatever resolved is handled', () => resolved.every(number => heard.payloads.includes(number)))
    },
  )

  it('says that nobody is there once the last consumer has left, after a look', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url })
    const { publish, heard } = await pair(world)
    await heard.subscription.close()
    expect(await publish(1)).toBe('none')
    expect(await publish(2)).toBe('none')
  })

  it('has each queue of its type where the virtual host makes quorum queues: what is closed disturbs nobody', {
    timeout: 60_000,
  }, async () => {
    await broker().eval('rabbit_vhost:put_vhost(<<"quorum">>, <<"d">>, <<>>, <<"quorum">>, false, <<"me">>)')
    const all = '<<".*">>'
    await broker().eval(
      `rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"quorum">>, ${all}, ${all}, ${all}, <<"me">>)`,
    )
    await using world = new World({ url: `${broker().url}/quorum` })
    const [sender, receiver] = [await world.start(), await world.start()]
    const places = [topic('order.placed'), inbox('billing')] as const
    const [placed, mail] = [await listen(receiver, 'order.placed'), await listen(receiver, places[1])]
    const brief = await listen(receiver, 'order.cancelled')
    for (const delivery of ['at-least-once', 'at-most-once'] as const) {
      for (const place of places) await sender.publish(frameFor(place, delivery, { delivery }), place)
    }
    await eventually('all arrive', () => placed.payloads.length === 2 && mail.payloads.length === 2)
    await brief.subscription.close()
    await sender.publish(frameFor(places[0], 'after'), places[0])
    await eventually('the others go on', () => placed.payloads.includes('after'))
    for (const transport of [sender, receiver]) {
      expect(await transport.health()).toMatchObject({ state: 'ready', details: { outages: 0 } })
    }
    expect(world.log.filter(line => line.includes('PRECONDITION'))).toEqual([])
  })
})

describeWithBroker('amqp', { config: ['frame_max = 8192'] }, broker => {
  it('refuses a message whose header the server cannot take, and that alone', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const places = [topic('order.placed'), inbox('billing')] as const
    const [placed, mail] = [await listen(receiver, 'order.placed'), await listen(receiver, places[1])]
    const extensions = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`ext${i}`, 'x'.repeat(2_000)]))
    for (const delivery of ['at-least-once', 'at-most-once'] as const) {
      for (const place of places) {
        expect(await endOf(sender.publish(frameFor(place, 'large', { delivery, extensions }), place))).toBe(
          'SM_FRAME_TOO_LARGE',
        )
        // A large body is no large header: it goes in as many frames as it takes.
        await sender.publish(frameFor(place, 'x'.repeat(50_000), { delivery }), place)
      }
    }
    await eventually('the others arrive', () => placed.payloads.length === 2 && mail.payloads.length === 2)
    for (const transport of [sender, receiver]) {
      expect(await transport.health()).toMatchObject({ state: 'ready', details: { outages: 0 } })
    }
  })
})
