import type { Wire } from './wires.ts'

/** How a program gets its modules. */
export type ModuleForm = 'esm' | 'cjs'

/** Two agents that talk over the wire which \`SM_TRANSPORTS\` names: each way of talking once, and what came of it in JSON. */
const talk = `
async function main() {
  const Ask = defineMessage('ask', { schema: unchecked(), reply: unchecked() })
  const Note = defineMessage('note', { schema: unchecked() })
  // A wire whose agents meet at a hub brings one along; all others are set by the environment.
  const hub = wire.createHub?.()
  const options = hub ? { transports: [await hub.listen({ port: 0 })] } : {}
  const host = await createAgent('host', options)
  const guest = await createAgent('guest', options)
  try {
    const noted = []
    await host.subscribe(Ask, ({ n }) => n * 2).ready
    await host.subscribe(Note, ({ text }) => void noted.push(text)).ready
    // Peers that have to find each other may need a while.
    const until = Date.now() + 30_000
    const found = async act => {
      for (;;) {
        try {
          return await act()
        } catch (error) {
          if (error.code !== 'SM_ROUTE_NONE' || Date.now() > until) throw error
          await new Promise(resolve => setTimeout(resolve, 50))
        }
      }
    }
    const reply = await found(() => guest.request(Ask, { n: 21 }, { to: 'host' }))
    const { evidence, transports } = await found(() => guest.publish(Note, { text: 'hello' }, { to: 'host' }))
    while (noted.length === 0 && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10))
    console.log(JSON.stringify({ node: process.version, reply, noted, evidence, transports }))
  } finally {
    await guest.stop()
    await host.stop()
    await hub?.close()
  }
}
main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
`

/** A program of two agents. */
export function agentsProgram({ packageName }: Wire, form: ModuleForm): string {
  const names = '{ createAgent, defineMessage, unchecked }'
  const [core, wire] =
    form === 'esm'
      ? [`import ${names} from '@sm/core'`, packageName && `import * as wire from '${packageName}'`]
      : [`const ${names} = require('@sm/core')`, packageName && `const wire = require('${packageName}')`]
  return `${core}\n${wire ?? 'const wire = {}'}\n${talk}`
}

/** The same for a bundler, which cannot know what is loaded by its name: memory has to be imported too. */
export function bundledProgram(wire: Wire): string {
  return `import '@sm/core/memory'\n${agentsProgram(wire, 'esm')}`
}

/** The result that the compiler must have for the types of a wire and of core. */
export function typedProgram({ name, packageName }: Wire, form: ModuleForm): string {
  const modules =
    form === 'esm'
      ? `import { type Agent, createAgent, defineMessage, unchecked } from '@sm/core'
import type { TransportOptionsMap } from '@sm/core/options'
${packageName ? `import '${packageName}'` : ''}`
      : `import core = require('@sm/core')
import type { TransportOptionsMap } from '@sm/core/options' with { 'resolution-mode': 'import' }
${packageName ? `import wire = require('${packageName}')\nexport type Wire = typeof wire` : ''}
const { createAgent, defineMessage, unchecked } = core
type Agent = core.Agent`
  return `${modules}

const Ask = defineMessage('ask', { schema: unchecked<{ n: number }>(), reply: unchecked<number>() })

export const options: TransportOptionsMap['${name}'] | undefined = undefined

export async function main(agent: Agent): Promise<number> {
  await createAgent('typed', { transports: { '${name}': options } })
  // @ts-expect-error The options of a wire are an object of their own type.
  await createAgent('typed', { transports: { '${name}': 7 } })
  agent.subscribe(Ask, ({ n }) => n * 2)
  // @ts-expect-error The reply is a number.
  agent.subscribe(Ask, () => 'seven')
  return agent.request(Ask, { n: 21 }, { to: 'host' })
}
`
}
