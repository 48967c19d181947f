import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

/** The answers of the command line. An answer that it leaves open is asked, or with `yes` taken from the defaults. */
export interface Flags {
  readonly name: string | undefined
  readonly kind: string | undefined
  readonly scope: string | undefined
  readonly place: 'in-repo' | 'standalone' | undefined
  readonly directory: string | undefined
  readonly author: string | undefined
  readonly license: string | undefined
  readonly yes: boolean
}

export const usage = `Usage: npm create @sm/transport [NAME] [-- options]

NAME is what agents will call the transport: lower-case letters, digits and "-".

  --kind KIND      mesh: peers talk to each other; brokered: through a server (default mesh)
  --scope SCOPE    npm scope of the package, such as @acme; '' for none (default none, @sm in the repository)
  --in-repo        a package of the SmartMessage repository (default where there is one)
  --standalone     a package of its own
  --directory DIR  where it is made (default: named after the package, in the working directory or in packages/)
  --author TEXT    for package.json and the licence
  --license SPDX   such as MIT or Apache-2.0 (default MIT)
  -y, --yes        ask nothing, take the defaults
  -h, --help       this text

It ends with 0 when the package stands, with 1 when it could not be made, and with 2 when the command makes no sense.
Unless it ends with 0, nothing was written.`

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseFlags(args: readonly string[]): Flags | undefined {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`One name, and not also ${rest.join(' ')}`)
  if (values['in-repo'] && values.standalone) throw new UsageError('It is either --in-repo or --standalone')
  const { kind, scope, directory, author, license, yes } = values
  const place = values['in-repo'] ? 'in-repo' : values.standalone ? 'standalone' : undefined
  return { name, kind, scope, place, directory, author, license, yes }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kind: { type: 'string' },
        scope: { type: 'string' },
        'in-repo': { type: 'boolean', default: false },
        standalone: { type: 'boolean', default: false },
        directory: { type: 'string' },
        author: { type: 'string' },
        license: { type: 'string' },
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
