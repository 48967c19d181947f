/** A transport's name in every form in which its package needs it. */
export interface Names {
  /** As agents say it: `carrier-pigeon`. */
  readonly kebab: string
  /** The factory: `carrierPigeon`. */
  readonly camel: string
  /** Begins the names of types: `CarrierPigeon`. */
  readonly pascal: string
  /** Within error codes: `CARRIER_PIGEON`. */
  readonly constant: string
  /** The npm package: `@acme/transport-carrier-pigeon`. */
  readonly packageName: string
  /** The last part of the package's name, which is also that of its folder. */
  readonly folder: string
}

/** The form of a name that the contract asks for, less what makes no identifier. */
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const maxName = 41

/** Names that agents know already, and one that is a package without being a transport. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...['memory', 'named-pipes', 'lanet', 'redis', 'nats', 'amqp', 'websocket', 'archive'],
  'conformance',
])

/** Words that TypeScript does not let a module export under. */
const words: ReadonlySet<string> = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for from function get if implements import in instanceof interface let new null of ' +
    'package private protected public return satisfies set static super switch this throw true try type typeof ' +
    'undefined using var void while with yield'
  ).split(' '),
)

/** The fault of a transport's name; undefined when it has none. */
export function nameFault(name: string): string | undefined {
  if (!NAME.test(name)) {
    return 'is not lower-case letters and digits, beginning with a letter, with single hyphens in between'
  }
  if (name.length > maxName) return `is longer than ${maxName} characters`
  if (words.has(name)) return 'is a word of the language'
  return undefined
}

/** The fault of an npm scope; undefined when it has none. The empty scope is none. */
export function scopeFault(scope: string): string | undefined {
  if (scope === '' || /^@[a-z0-9][a-z0-9._-]{0,100}$/.test(scope)) return undefined
  return 'is not "@" and lower-case letters, digits, ".", "_" and "-"'
}

/** The fault of an SPDX licence identifier; undefined when it has none. */
export function licenseFault(license: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9.+ ()-]{0,99}$/.test(license) ? undefined : 'is no SPDX identifier'
}

/** The fault of an author; undefined when there is none. */
export function authorFault(author: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return author.length <= 200 && !/[\u0000-\u001f]/.test(author) ? undefined : 'is not one line of text'
}

/** Every form of a transport's name. */
export function toNames(kebab: string, scope: string): Names {
  const parts = kebab.split('-')
  const pascal = parts.map(part => part.charAt(0).toUpperCase() + part.slice(1)).join('')
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1)
  const folder = scope === '' ? `sm-transport-${kebab}` : `transport-${kebab}`
  const packageName = scope === '' ? folder : `${scope}/${folder}`
  return { kebab, camel, pascal, constant: parts.join('_').toUpperCase(), packageName, folder }
}
