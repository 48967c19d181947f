/** Several agents in one process. Each tells how many links it has, writes to everyone, and counts what it gets by sender. */
import { answers, frameOf, participant, settingOf, tell } from './setting.ts'

const setting = settingOf<{ agents: readonly string[] }>()
const got = new Map<string, Map<string, number>>()
const crowd = setting.agents.map(agent => participant({ ...setting, agent }))

await Promise.all(
  crowd.map(async ({ agent, transport }) => {
    const counts = new Map<string, number>()
    got.set(agent, counts)
    await transport.start()
    const spec = { target: { kind: 'inbox', agent }, group: agent, prefetch: 64, durable: false } as const
    const { ready } = transport.subscribe(spec, delivery => {
      const from = delivery.frame.header.from.split('/')[0] as string
      counts.set(from, (counts.get(from) ?? 0) + 1)
      delivery.ack()
    })
    await ready
  }),
)
answers({
  links: async () => ({
    links: await Promise.all(crowd.map(async ({ transport }) => (await transport.health()).details.links)),
  }),
  /** Whether each knows an inbox of everyone: that is told over a link, so a moment after it is there. */
  knows: ({ everyone }) => ({
    knows: crowd.every(({ transport }) =>
      (everyone as readonly string[]).every(agent => transport.routes({ kind: 'inbox', agent }).length > 0),
    ),
  }),
  greet: async ({ everyone }) => {
    const greetings = crowd.flatMap(self =>
      (everyone as readonly string[]).map(agent => {
        const address = { kind: 'inbox', agent } as const
        return self.transport.publish(frameOf(self, address, self.agent), address)
      }),
    )
    await Promise.all(greetings)
  },
  got: () => ({ got: [...got].map(([agent, counts]) => [agent, [...counts]]) }),
  stop: () => Promise.all(crowd.map(({ transport }) => transport.stop({ drain: true }))),
})
tell({ kind: 'ready' })
