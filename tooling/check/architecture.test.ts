import { describe, expect, it } from 'vitest'
import { checkFloorsAreThere } from './architecture/floors.ts'
import { checkGlossary, readGlossary } from './architecture/glossary.ts'
import { checkRoomOrder, readHouses } from './architecture/room-order.ts'
import { checkArchitecture, checkRepository, formatViolation } from './architecture.ts'

const names = new Map([
  ['@sm/core', 'packages/core'],
  ['@sm/transport-redis', 'packages/transport-redis'],
  ['@sm/transport-nats', 'packages/transport-nats'],
  ['@sm/transport-amqp', 'packages/transport-amqp'],
  ['@sm/transport-named-pipes', 'packages/transport-named-pipes'],
  ['@sm/transport-websocket', 'packages/transport-websocket'],
  ['@sm/transport-conformance', 'packages/transport-conformance'],
  ['@sm/fleet', 'apps/fleet'],
])

/** The violations of one file. */
function faults(path: string, text: string): readonly string[] {
  return checkArchitecture([{ path, text }], names).map(({ line, message }) => `${line}: ${message}`)
}

const inCore = (path: string, text: string) => faults(`packages/core/src/${path}`, text)

describe('the floors of core', () => {
  it('let imports go down, through the index of the folder', () => {
    expect(inCore('agent/agent.ts', `import { smError } from '../errors/index.ts'`)).toEqual([])
    expect(inCore('receiving/job.ts', `export type { Frame } from '../message/index.ts'`)).toEqual([])
    expect(inCore('receiving/job.ts', `import { stage } from './stage.ts'`)).toEqual([])
  })

  it('refuse an import that goes up, of types too', () => {
    expect(inCore('message/header.ts', `// one\nimport type { Agent } from '../agent/index.ts'`)).toEqual([
      '2: imports up: message/ is on floor F1, agent/ on F7',
    ])
  })

  it('refuse re-exports and dynamic imports that go up', () => {
    expect(inCore('kernel/ids.ts', `export * from '../message/index.ts'`)).toHaveLength(1)
    expect(inCore('kernel/ids.ts', `await import('../message/index.ts')`)).toHaveLength(1)
  })

  it('refuse imports between folders of one floor', () => {
    expect(inCore('routing/plan.ts', `import { hub } from '../memory/index.ts'`)).toEqual([
      '1: imports sideways: routing/ and memory/ are both on floor F4',
    ])
  })

  it('refuse imports past the index of another folder', () => {
    expect(inCore('agent/agent.ts', `import { Job } from '../receiving/job.ts'`)).toEqual([
      '1: imports receiving/job.ts: another folder is imported through its index.ts',
    ])
  })

  it('let entries reach into a folder, and nobody import an entry', () => {
    expect(inCore('index.ts', `import './codec/json.ts'`)).toEqual([])
    expect(inCore('agent/agent.ts', `import { memory } from '../index.ts'`)).toHaveLength(1)
  })

  it('let core import itself by the name of its options alone', () => {
    expect(inCore('registry/choose.ts', `import type { TransportOptionsMap } from '@sm/core/options'`)).toEqual([])
    expect(inCore('registry/choose.ts', `import { createAgent } from '@sm/core'`)).toHaveLength(1)
  })

  it('refuse folders and entries that nobody has placed', () => {
    expect(inCore('utils/misc.ts', '')).toEqual(['1: is in utils/, which is on no floor of core'])
    expect(inCore('helpers.ts', '')).toHaveLength(1)
  })

  it('are of folders that are there', () => {
    const folders = [
      ...[
        'errors',
        'kernel',
        'message',
        'telemetry',
        'codec',
        'contract',
        'transport-kit',
        'registry',
        'deduplication',
        'directory',
      ],
      ...['describe', 'routing', 'memory', 'settings', 'sending', 'receiving', 'requests'],
    ]
    const files = folders.map(folder => ({ path: `packages/core/src/${folder}/index.ts`, text: '' }))
    expect(checkFloorsAreThere(files).map(({ path }) => path)).toEqual(['packages/core/src/agent'])
  })

  it('leave tests alone', () => {
    expect(inCore('kernel/ids.test.ts', `import { createAgent } from '../agent/create-agent.ts'`)).toEqual([])
  })
})

describe('the order of rooms', () => {
  const table = `| package | rooms, the lowest first |
| --- | --- |
| \`@sm/transport-redis\` | \`wire/scripts\`, \`wire\`: bytes. \`publishing\`. |`
  const houses = readHouses(table, names)
  const src = 'packages/transport-redis/src'
  const full = [`${src}/wire/a.ts`, `${src}/publishing/b.ts`].map(path => ({ path, text: '' }))
  const said = (path: string, text: string) =>
    checkRoomOrder([...full, { path, text }], houses).map(({ line, message }) => `${line}: ${message}`)

  it('import their own, lower ones and what stands beside them', () => {
    for (const from of ['../wire/a.ts', './c.ts', '../options.ts', '@sm/brokered']) {
      expect(said(`${src}/publishing/d.ts`, `import '${from}'`)).toEqual([])
    }
    expect(said(`${src}/wire/d.ts`, `\nimport type { B } from '../publishing/b.ts'`)).toEqual([
      '2: imports ../publishing/b.ts: publishing/ stands above wire/',
    ])
  })

  it('are in the table, with their package, and the table has no others', () => {
    expect(said(`${src}/attic/d.ts`, '')).toEqual(['1: is in attic/, which the table of rooms does not name'])
    expect(said('packages/transport-nats/src/wire/a.ts', '')).toHaveLength(1)
    expect(said('packages/transport-nats/src/a.ts', '')).toEqual([])
    expect(checkRoomOrder(full.slice(0, 1), houses).map(({ message }) => message)).toEqual([
      'names the room publishing/ of packages/transport-redis, which is not there',
    ])
    expect(() => readHouses(table.replace('redis', 'pigeon'), names)).toThrow('@sm/transport-pigeon')
    expect(() => readHouses('', names)).toThrow('has no table of rooms')
  })
})

describe('the glossary', () => {
  const terms = readGlossary(`# Words

| idea | word | not |
| --- | --- | --- |
| a publish under way | \`PendingPublish\` | \`Entry\`, \`KeptOne\` |
| what a part needs | \`…Deps\` | \`…Parts\` |

The end.`)
  const said = (...files: readonly (readonly [string, string])[]) =>
    checkGlossary(
      files.map(([path, text]) => ({ path, text })),
      terms,
    ).map(({ path, line, message }) => `${path}:${line} ${message}`)
  const home = 'packages/mesh/src'
  const good = [
    `${home}/pending-publish.ts`,
    'export class PendingPublish {}\n\nexport interface PendingPublishDeps {}',
  ] as const

  it('lets the words of the table stand', () => {
    expect(said(good)).toEqual([])
  })

  it('refuses another word for the same idea, in a type and in the name of a file', () => {
    expect(said(good, [`${home}/a.ts`, '\nclass Entry {}'])).toEqual([
      `${home}/a.ts:2 declares Entry: the word for "a publish under way" is PendingPublish`,
    ])
    expect(said(good, [`${home}/kept-one.ts`, ''])).toHaveLength(1)
    expect(said(good, [`${home}/a.ts`, 'export interface OutboxParts {}'])).toHaveLength(1)
    expect(said(good, [`${home}/a.test.ts`, 'class Entry {}'])).toEqual([])
  })

  it('refuses a word with two meanings in one package, and one that nothing is called', () => {
    expect(said(good, [`${home}/other.ts`, 'export class PendingPublish {}'])).toHaveLength(1)
    expect(said(good, ['packages/brokered/src/a.ts', 'export class PendingPublish {}'])).toEqual([])
    expect(said([`${home}/a.ts`, 'interface ADeps {}'])).toEqual([
      'docs/architecture.md:5 names PendingPublish, and nothing is called that',
    ])
  })

  it('has what a part needs stand below the part', () => {
    expect(said(good, [`${home}/a.ts`, 'interface LinkDeps {}\nclass Link {}'])).toHaveLength(1)
  })

  it('is there', () => {
    expect(() => readGlossary('# Words')).toThrow('has no table of words')
  })
})

describe('the neutrality of core', () => {
  it('refuses a transport that is named in a string, a template or an identifier', () => {
    expect(inCore('routing/plan.ts', `const ladder = ['redis']`)).toEqual(['1: names the transport "redis" in code'])
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    expect(inCore('routing/plan.ts', 'const text = `over NATS ${1}`')).toHaveLength(1)
    expect(inCore('routing/plan.ts', 'const amqpFirst = 1')).toHaveLength(1)
    expect(inCore('routing/plan.ts', 'const namedPipe = 1')).toHaveLength(1)
    expect(inCore('routing/plan.ts', 'const websocketUrl = 1')).toHaveLength(1)
    expect(inCore('routing/plan.ts', `import x from 'named-pipes'`)).toHaveLength(1)
  })

  it('lets comments name them, and words contain them', () => {
    expect(inCore('routing/plan.ts', '/** As redis does. */\n// nats\nconst alternates = 1')).toEqual([])
  })

  it('lets its own folder and the default of an agent name memory, and nothing else', () => {
    expect(inCore('memory/memory.ts', `const name = 'memory'`)).toEqual([])
    expect(inCore('agent/create-agent.ts', `const fallback = ['memory']`)).toEqual([])
    expect(inCore('routing/plan.ts', `const first = 'memory'`)).toHaveLength(1)
  })
})

describe('the walls between packages', () => {
  it('keep packages from importing apps', () => {
    expect(faults('packages/core/src/agent/x.ts', `import { probe } from '@sm/fleet'`)).not.toEqual([])
    expect(faults('packages/transport-redis/src/x.ts', `import { probe } from '@sm/fleet/probe'`)).toHaveLength(1)
    expect(faults('apps/fleet/src/main.ts', `import { createAgent } from '@sm/core'`)).toEqual([])
  })

  it('keep transports from importing each other', () => {
    const other = `import '@sm/transport-nats'`
    expect(faults('packages/transport-redis/src/redis.ts', other)).toHaveLength(1)
    expect(faults('packages/transport-redis/src/redis.ts', `import { Frame } from '@sm/core/transport'`)).toEqual([])
    expect(faults('packages/transport-redis/test/both.test.ts', other)).toEqual([])
  })

  it('keep relative imports within their package', () => {
    expect(faults('apps/fleet/src/main.ts', `import '../../../packages/core/src/index.ts'`)).toHaveLength(1)
    expect(faults('apps/fleet/src/main.ts', `import '../../../tooling/docs/page.ts'`)).toHaveLength(1)
    expect(faults('packages/core/src/index.ts', `import '../../../tooling/brokers/index.ts'`)).toHaveLength(1)
    expect(faults('apps/fleet/src/main.ts', `import '../../../tooling/brokers/index.ts'`)).toEqual([])
    expect(faults('apps/fleet/src/main.ts', `import '../package.json'`)).toEqual([])
  })
})

describe('the rooms of a package', () => {
  const inRedis = (path: string, text: string) => faults(`packages/transport-redis/src/${path}`, text)

  it('keep publishing and consuming apart', () => {
    expect(inRedis('publishing/lane.ts', `import type { Queue } from '../consuming/queue.ts'`)).toEqual([
      '1: imports ../consuming/queue.ts: publishing/ and consuming/ do not know each other',
    ])
    expect(inRedis('consuming/queue.ts', `import type { Lane } from '../publishing/lane.ts'`)).toHaveLength(1)
    expect(inRedis('publishing/lane.ts', `import type { Names } from '../wire/names.ts'`)).toEqual([])
    expect(inRedis('redis-driver.ts', `import './publishing/lane.ts'\nimport './consuming/queue.ts'`)).toEqual([])
  })
})

describe('circles', () => {
  const circles = (sources: Readonly<Record<string, string>>) =>
    checkArchitecture(
      Object.entries(sources).map(([path, text]) => ({ path: `packages/transport-redis/src/${path}`, text })),
      names,
    ).map(({ message }) => message)

  it('of files are refused, of types too', () => {
    expect(
      circles({
        'wire/a.ts': `import type { B } from './b.ts'`,
        'wire/b.ts': `import { c } from './c.ts'`,
        'wire/c.ts': `export * from './a.ts'`,
        'wire/d.ts': `import { a } from './a.ts'`,
      }),
    ).toEqual(['imports itself in a circle: wire/a.ts → wire/b.ts → wire/c.ts → wire/a.ts'])
  })

  it('of rooms are refused, where no file is in one', () => {
    expect(
      circles({
        'wire/a.ts': `import type { B } from '../groups/b.ts'`,
        'groups/c.ts': `import { d } from '../wire/d.ts'`,
        'groups/b.ts': '',
        'wire/d.ts': '',
      }),
    ).toEqual(['is in a room that imports itself in a circle: groups → wire → groups'])
  })

  it('are none where everything points one way', () => {
    expect(
      circles({ 'driver.ts': `import './wire/a.ts'`, 'wire/a.ts': `import '../errors.ts'`, 'errors.ts': '' }),
    ).toEqual([])
  })
})

describe('the length of files', () => {
  it('is 300 lines at most in a package', () => {
    expect(inCore('agent/agent.ts', '\n'.repeat(300))).toEqual([])
    expect(inCore('agent/agent.ts', '\n'.repeat(301))).toEqual(['301: has 301 lines, and 300 are the most: split it'])
  })
})

describe('the repository', () => {
  it('holds to its architecture', () => {
    const { files, violations } = checkRepository()
    expect(files).toBeGreaterThan(50)
    expect(violations.map(formatViolation)).toEqual([])
  })
})
