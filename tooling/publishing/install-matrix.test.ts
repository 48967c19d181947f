import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { type Broker, brokerAbsence, isBrokerName, startBroker } from '../brokers/index.ts'
import { snippetsOf } from '../docs/snippets.ts'
import { root } from '../workspace/root.ts'
import { run } from '../workspace/run.ts'
import { type NodeVersion, nodeVersion } from './node-versions.ts'
import { packPackages } from './pack.ts'
import { agentsProgram, bundledProgram, typedProgram } from './programs.ts'
import { createProject, type Project } from './project.ts'
import { type Registry, startRegistry } from './registry.ts'
import { packagesOf, publishedWires, type Wire } from './wires.ts'

const majors = [22, 24, 26] as const
const forms = ['esm', 'cjs'] as const
const resolutions = { nodenext: 'nodenext', bundler: 'esnext' } as const

const wires = publishedWires()
const nodes = new Map<number, Promise<NodeVersion>>()
const brokers = new Map<string, Promise<Broker>>()
const projects = new Map<Wire, Promise<Project>>()
let directory: string
let registry: Registry

/** An empty project with core and the package of the wire installed. */
async function install(wire: Wire): Promise<Project> {
  const project = await createProject(join(directory, wire.name), registry.url)
  const { code, output } = await project.install('@sm/core', ...(wire.packageName ? [wire.packageName] : []))
  if (code !== 0) throw new Error(`${wire.name} could not be installed:\n${output}`)
  for (const form of forms) {
    const [module, typed] = form === 'esm' ? ['mjs', 'mts'] : ['cjs', 'cts']
    await project.write(`agents.${module}`, agentsProgram(wire, form))
    await project.write(`typed.${typed}`, typedProgram(wire, form))
  }
  return project
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sm-publishing-'))
  const tarballs = await packPackages(packagesOf(wires), join(directory, 'tarballs'))
  const { output } = await run('npm', ['config', 'get', 'registry'])
  registry = await startRegistry({ tarballs, upstream: output.trim().split('\n').at(-1) ?? '' })
  for (const major of majors) nodes.set(major, nodeVersion(major))
  for (const { name } of wires) {
    if (isBrokerName(name) && brokerAbsence(name) === undefined) brokers.set(name, startBroker(name))
  }
  // Two at a time: npm has much to do.
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
  for (const [i, wire] of wires.entries()) {
    const project = (lanes[i % lanes.length] as Promise<unknown>).then(() => install(wire))
    lanes[i % lanes.length] = project.catch(() => {})
    projects.set(wire, project)
  }
  // A project that needs what could not be made says why.
  await Promise.allSettled([...projects.values(), ...nodes.values(), ...brokers.values()])
}, 600_000)

afterAll(async () => {
  for (const broker of brokers.values()) await broker.then(started => started.stop())
  await registry?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** Runs a program of two agents of a wire, in a namespace and a home of its own, and reads what came of it. */
async function talk(wire: Wire, binary: string, file: string): Promise<unknown> {
  const project = (await projects.get(wire)) as Project
  const broker = await brokers.get(wire.name)
  const home = await mkdtemp(join(directory, 'home-'))
  const copies = join(home, 'copies')
  const { code, output } = await project.run(binary, file, {
    ...{ HOME: home, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, XDG_DATA_HOME: home },
    SM_TRANSPORTS: wire.publishOnly ? `memory,${wire.name}://${copies}` : (broker?.url ?? wire.name),
    SM_NAMESPACE: `cell-${home.slice(-6).toLowerCase()}`,
  })
  if (code !== 0) throw new Error(output)
  if (wire.publishOnly && (await readdir(copies)).length === 0) throw new Error(`${wire.name} keeps no copies`)
  return JSON.parse(output)
}

const talked = ({ name, publishOnly }: Wire) => ({
  reply: 42,
  noted: ['hello'],
  transports: [publishOnly ? 'memory' : name],
})

/** Skips a test of a wire whose server the tests are to do without. */
function needsServer({ name }: Wire, { skip }: TestContext): void {
  const absence = isBrokerName(name) ? brokerAbsence(name) : undefined
  if (absence !== undefined) skip(`not run: ${absence}`)
}

const patience = { timeout: 120_000 }

describe.concurrent.each(wires)('$name as a user installs it', wire => {
  for (const major of majors) {
    for (const form of forms) {
      it(`lets two agents talk on Node ${major} from ${form}`, patience, async context => {
        needsServer(wire, context)
        const node = (await nodes.get(major)) as NodeVersion
        if (node.absence !== undefined) return context.skip(`not run: ${node.absence}`)
        const result = await talk(wire, node.binary, `agents.${form === 'esm' ? 'mjs' : 'cjs'}`)
        expect(result).toMatchObject({ ...talked(wire), node: expect.stringMatching(new RegExp(`^v${major}\\.`)) })
      })
    }
  }

  it('lets two agents talk from one bundle', patience, async context => {
    needsServer(wire, context)
    const { directory: absWorkingDir, write } = (await projects.get(wire)) as Project
    await write('bundled.mjs', bundledProgram(wire))
    const outfile = join(absWorkingDir, 'bundle.cjs')
    const bundling = { bundle: true, platform: 'node', logLevel: 'error' } as const
    await build({ ...bundling, absWorkingDir, entryPoints: ['bundled.mjs'], outfile })
    expect(await talk(wire, process.execPath, outfile)).toMatchObject(talked(wire))
  })
})

describe.concurrent.each(majors)('the samples of the first page on Node %i', major => {
  const samples = ['README.md', 'packages/core/README.md'].flatMap(path =>
    snippetsOf(path, readFileSync(join(root, path), 'utf8')),
  )

  it.for(samples)('$place prints what it says', patience, async ({ place, code, expected }, { skip, expect }) => {
    const node = (await nodes.get(major)) as NodeVersion
    if (node.absence !== undefined) return skip(`not run: ${node.absence}`)
    const project = (await projects.get(wires[0] as Wire)) as Project
    const file = `sample-${major}-${place.replaceAll(/\W+/g, '-')}.mts`
    await project.write(file, code)
    const { code: status, output } = await project.run(node.binary, file, { NODE_NO_WARNINGS: '1' })
    expect([status, output.trimEnd()]).toEqual([0, expected])
  })
})

it('core without transports brings nothing else', async () => {
  const { directory: core } = (await projects.get(wires[0] as Wire)) as Project
  const installed = (await readdir(join(core, 'node_modules'), { recursive: true }))
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /^(@[^/]+\/)?[^@./][^/]*\/package\.json$/.test(path))
  expect(installed.sort()).toEqual(['@sm/core/package.json'])
})

describe.concurrent.each(Object.entries(resolutions))('TypeScript with the resolution of %s', (resolution, module) => {
  it('knows the types of every wire', patience, async () => {
    await Promise.all(projects.values())
    const kinds = resolution === 'nodenext' ? ['mts', 'cts'] : ['mts']
    const compilerOptions = {
      ...{ module, moduleResolution: resolution, target: 'es2024', lib: ['es2024', 'esnext.disposable'] },
      ...{ strict: true, noEmit: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    }
    const files = wires.flatMap(({ name }) => kinds.map(kind => `${name}/typed.${kind}`))
    const config = join(directory, `tsconfig.${resolution}.json`)
    await writeFile(config, JSON.stringify({ compilerOptions, files }))
    expect((await run('tsc', ['--project', config])).output).toBe('')
  })
})
