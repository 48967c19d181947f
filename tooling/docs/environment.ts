import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTest, type SourceFile } from '../check/architecture/source-file.ts'
import { sourceFiles } from '../check/architecture.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

/** The meaning of each variable. Every one that a source reads stands here, and no other. */
const descriptions: Readonly<Record<string, string>> = {
  NODE_ENV: 'With `production`, received payloads are not frozen, which saves time. Nothing else depends on it.',
  SM_BENCH_AMQP: 'URL of a RabbitMQ for the benchmark. Default: it starts one of its own.',
  SM_BENCH_NATS: 'URL of a NATS server with JetStream for the benchmark. Default: it starts one of its own.',
  SM_BENCH_REDIS: 'URL of a Redis for the benchmark. Default: it starts one of its own.',
  SM_BENCH_WEBSOCKET:
    'URLs of the servers of the WebSocket benchmark, in JSON. Set by the benchmark for its own processes.',
  SM_LANET_KEY:
    'Network key of links on a LAN, 32 bytes in base64, when none is given. Default: the file `lanet.key`, made on first use.',
  SM_LOG:
    'With `silent`, agents that are given no logger say nothing. Default: warnings and errors go to stderr, a line each.',
  SM_MUTANT: 'Which one-line mutant `pnpm mutants` has planted. It sets this itself.',
  SM_NAMESPACE: 'Namespace of agents that are given none. Default `default`.',
  SM_PIPES_BASE:
    'Directory of named pipes, when none is given. Default: `sm` in `XDG_RUNTIME_DIR`, else one in the temp directory.',
  SM_TEST_BROKERS:
    'Brokers that tests may start, out of `redis`, `nats` and `amqp`, with commas between them; `none` for none. Tests that need another are not run, and say so. Default: all.',
  SM_TRANSPORTS:
    'Transports of agents that are given none, as a comma-separated list of names and URLs: `memory,redis://localhost`. Default `memory`.',
  SM_WEBSOCKET_TOKEN: 'What agents share that meet at a WebSocket hub, when no token is given. Default none.',
  XDG_CONFIG_HOME: 'Where the keys of links on a LAN are kept, in `sm`. Set by the system. Default `~/.config`.',
  XDG_RUNTIME_DIR: 'Where named pipes are kept unless `SM_PIPES_BASE` says otherwise. Set by the system.',
}

/** A variable and the packages and apps that read it. */
export type VariableUse = ReadonlyMap<string, ReadonlySet<string>>

/** `env.NAME`, `env['NAME']`, and names that are taken out of `process.env`. */
const reads = [/\benv(?:\.([A-Z][A-Z0-9_]*)|\[['"]([A-Z][A-Z0-9_]*)['"]\])/g, /\{([^{}]*)\} = process\.env\b/g]

function namesIn(text: string): readonly string[] {
  return reads
    .flatMap(read => [...text.matchAll(read)])
    .flatMap(([, first = '', second = '']) => `${first} ${second}`.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? [])
}

/** The environment variables that sources read. */
export function variablesIn(files: readonly SourceFile[]): VariableUse {
  const found = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    if (isTest(path)) continue
    for (const name of namesIn(text)) {
      const users = found.get(name) ?? new Set()
      users.add(path.split('/', 2).join('/'))
      found.set(name, users)
    }
  }
  return found
}

/** The rows of the reference. Throws when a variable is not described, or a described one is not read. */
export function variableRows(uses: VariableUse, described = descriptions): readonly (readonly string[])[] {
  for (const [name, users] of uses) {
    if (!Object.hasOwn(described, name))
      throw new Error(`${[...users].join(', ')} reads ${name}, which tooling/docs/environment.ts does not describe`)
  }
  return Object.entries(described).map(([name, text]) => {
    const users = uses.get(name)
    if (!users) throw new Error(`tooling/docs/environment.ts describes ${name}, which no source reads`)
    return [code(name), text, [...users].sort().map(code).join(', ')]
  })
}

/** The sources of the tooling. */
function toolingFiles(): readonly SourceFile[] {
  return globSync('tooling/**/*.ts', { cwd: root })
    .sort()
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** All that packages and apps read, and of what the tooling reads the variables of the project. */
export function projectVariables(): VariableUse {
  const own = [...variablesIn(toolingFiles())].filter(([name]) => name.startsWith('SM_'))
  return new Map([...own, ...variablesIn(sourceFiles())])
}

/** The reference page of environment variables. */
export function environmentPage(): Page {
  const rows = variableRows(projectVariables())
  return page(
    'docs/reference/environment.md',
    'Environment variables',
    'What is given in code comes before what the environment says.',
    table(['variable', 'meaning', 'read by'], rows),
  )
}
