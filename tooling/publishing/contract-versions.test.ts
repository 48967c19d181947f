import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { otherVersionOf } from './contract-versions.ts'
import { packPackages } from './pack.ts'
import { createProject, type Project } from './project.ts'
import { type Registry, startRegistry, type Tarball } from './registry.ts'

const plugin = '@sm/transport-named-pipes'
const patience = { timeout: 120_000 }

let directory: string
let registry: Registry

/** Core in three versions and a plugin in three, each pair built for one contract; and a plugin with a core of its own. */
async function versions(): Promise<readonly Tarball[]> {
  const packed = await packPackages(['@sm/core', '@sm/mesh', plugin], join(directory, 'packed'))
  const other = (name: string, version: Parameters<typeof otherVersionOf>[1]) =>
    otherVersionOf(packed.find(({ manifest }) => manifest.name === name) as Tarball, version, directory)
  const core = (version: string, contract: string) => other('@sm/core', { version, contract })
  const dependencies = { '@sm/mesh': '1.0.0' }
  const transport = (version: string, contract: string, range: string) =>
    other(plugin, { version, contract, dependencies, peerDependencies: { '@sm/core': range } })
  return Promise.all([
    core('9.0.0', '1.0'),
    core('9.1.0', '1.1'),
    core('10.0.0', '2.0'),
    transport('3.0.0', '1.0', '^9.0.0'),
    transport('3.1.0', '1.1', '^9.1.0'),
    transport('4.0.0', '2.0', '^10.0.0'),
    other(plugin, {
      version: '5.0.0',
      contract: '2.0',
      dependencies: { ...dependencies, '@sm/core': '10.0.0' },
      peerDependencies: {},
    }),
    other('@sm/mesh', { version: '1.0.0', peerDependencies: { '@sm/core': '*' } }),
  ])
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sm-contracts-'))
  registry = await startRegistry({ tarballs: await versions(), upstream: 'http://127.0.0.1:9/' })
}, 600_000)

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** Has an agent over the plugin, which is imported or loaded by its name, and tells how that went. */
const program = (imports: boolean) => `
import { createAgent } from '@sm/core'
try {
  ${imports ? `await import('${plugin}')` : ''}
  const agent = await createAgent('probe', { transports: ['named-pipes'] })
  await agent.stop()
  console.log('{ "works": true }')
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
`

async function project(): Promise<Project> {
  return createProject(await mkdtemp(join(directory, 'project-')), registry.url)
}

/** The outcome of the two versions together, however npm was made to install them. */
async function together(core: string, transport: string): Promise<readonly unknown[]> {
  const { install, write, run, directory: home } = await project()
  const installed = await install(`@sm/core@${core}`, `${plugin}@${transport}`, '--legacy-peer-deps')
  expect(installed).toMatchObject({ code: 0 })
  const results: unknown[] = []
  for (const imports of [true, false]) {
    await write('probe.mjs', program(imports))
    const ended = await run(process.execPath, 'probe.mjs', { XDG_RUNTIME_DIR: home })
    results.push(JSON.parse(ended.output))
  }
  return results
}

describe.concurrent('a transport and a core of other versions', () => {
  it.each([
    ['the same contract', '9.0.0', '3.0.0'],
    ['a transport of an older minor', '9.1.0', '3.0.0'],
  ])('with %s work together', patience, async (_what, core, transport) => {
    expect(await together(core, transport)).toEqual([{ works: true }, { works: true }])
    expect(await (await project()).install(`@sm/core@${core}`, `${plugin}@${transport}`)).toMatchObject({ code: 0 })
  })

  it.each([
    [
      'a transport of a newer minor',
      '9.0.0',
      '3.1.0',
      /"named-pipes".* contract 1\.1, which is newer than 1\.0 of core/,
    ],
    [
      'a transport of an older major',
      '10.0.0',
      '3.0.0',
      /"named-pipes".* contract 1\.0, and core has 2\.0: another major/,
    ],
    [
      'a transport of a newer major',
      '9.0.0',
      '4.0.0',
      /"named-pipes".* contract 2\.0, and core has 1\.0: another major/,
    ],
  ])('with %s are refused, by npm and by core', patience, async (_what, core, transport, why) => {
    const refused = { code: 'SM_TRANSPORT_INCOMPATIBLE', message: expect.stringMatching(why) }
    expect(await together(core, transport)).toEqual([refused, refused])
    const { code, output } = await (await project()).install(`@sm/core@${core}`, `${plugin}@${transport}`)
    expect(code).not.toBe(0)
    expect(output).toContain('ERESOLVE')
  })

  it('are refused when the transport brings a core of its own', patience, async () => {
    const why = /"named-pipes".* contract 2\.0, and core has 1\.0: another major/
    const refused = { code: 'SM_TRANSPORT_INCOMPATIBLE', message: expect.stringMatching(why) }
    expect(await together('9.0.0', '5.0.0')).toEqual([refused, refused])
  })
})
