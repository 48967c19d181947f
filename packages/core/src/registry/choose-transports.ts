import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TransportOptionsMap } from '@sm/core/options'
import type { TransportChoice, TransportDefinition } from '../contract/index.ts'
import { isSmError, smError } from '../errors/index.ts'
import { given, strayOption } from '../kernel/index.ts'
import { requireCompatible } from './compatibility.ts'
import { registeredTransports, transportForScheme, transportNamed } from './registry.ts'

/**
 * Which transports an agent uses: options by name, or a list of names, URLs and choices.
 *
 * @example
 * { memory: {}, redis: { url: 'redis://localhost' } }
 * ['memory', 'redis://localhost', nats({ servers })]
 */
export type TransportsConfig =
  | { readonly [Name in keyof TransportOptionsMap]?: TransportOptionsMap[Name] }
  | readonly (string | URL | TransportChoice)[]

const NAME = /^[a-z][a-z0-9-]{0,40}$/

/** Where a transport named `name` comes from, by convention: a package, but for the one that core brings along. */
const packageOf = (name: string) => (name === 'memory' ? '@sm/core/memory' : `@sm/transport-${name}`)

/** Imports a package as the application would: from where core is, else from where the process runs. */
async function importPackage(name: string): Promise<void> {
  try {
    await import(name)
  } catch (error) {
    if (!isNotInstalled(error, name)) throw error
    const fromApplication = createRequire(join(process.cwd(), 'package.json')).resolve(name)
    await import(pathToFileURL(fromApplication).href)
  }
}

/** Whether it is this very package that is missing, and not one that it needs. */
function isNotInstalled(error: unknown, name: string): boolean {
  const { code, message } = Object(error) as { code?: string; message?: string }
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return false
  const packageName = name.split('/', 2).join('/')
  return [name, packageName].some(missing => message?.includes(`'${missing}'`))
}

/** Loads `@sm/transport-NAME`. True when it is installed; throws `SM_TRANSPORT_LOAD` or its own error when it does not load. */
async function load(name: string): Promise<boolean> {
  if (!NAME.test(name)) return false
  const packageName = packageOf(name)
  try {
    await importPackage(packageName)
    return true
  } catch (cause) {
    if (isNotInstalled(cause, packageName)) return false
    // It says itself what is wrong with it: its contract, or its name.
    if (isSmError(cause)) throw cause
    throw smError('SM_TRANSPORT_LOAD', `The package ${packageName} failed to load`, { cause, details: { packageName } })
  }
}

async function named(name: string): Promise<TransportDefinition> {
  const known = transportNamed(name)
  if (known) return known
  const loaded = await load(name)
  const found = transportNamed(name)
  if (found) return found
  if (loaded) {
    throw smError(
      'SM_TRANSPORT_LOAD',
      `The package ${packageOf(name)} was loaded, but registered no transport "${name}"`,
    )
  }
  const registered = registeredTransports().map(definition => definition.name)
  throw smError(
    'SM_TRANSPORT_UNKNOWN',
    `There is no transport ${JSON.stringify(name.slice(0, 60))} (registered: ${registered.join(', ') || 'none'}; ${packageOf(name.slice(0, 40))} is not installed)`,
    { details: { name, registered } },
  )
}

async function forUrl(url: URL): Promise<TransportChoice> {
  const scheme = url.protocol.slice(0, -1)
  if (!transportForScheme(scheme)) {
    // By convention a scheme is a transport's name, with an "s" added for TLS.
    if (!(await load(scheme)) && scheme.endsWith('s')) await load(scheme.slice(0, -1))
  }
  const known = transportForScheme(scheme)
  if (!known?.fromUrl) {
    throw smError('SM_TRANSPORT_UNKNOWN', `No transport is registered for URLs of "${scheme}:"`, {
      details: { scheme },
    })
  }
  return { definition: known, options: known.fromUrl(url) }
}

/** Of this realm or another, where test runners make their own. */
function isUrl(value: unknown): value is URL {
  return value instanceof URL || Object.prototype.toString.call(value) === '[object URL]'
}

async function fromEntry(entry: unknown): Promise<TransportChoice> {
  if (isUrl(entry)) return forUrl(entry)
  if (typeof entry === 'string') {
    // An entry that looks like a URL is a good one or refused, and is never shown.
    if (!/[:/@]/.test(entry)) return { definition: await named(entry), options: {} }
    const url = URL.parse(entry)
    if (url) return forUrl(url)
  } else if (typeof entry === 'object' && typeof (entry as TransportChoice | null)?.definition?.create === 'function') {
    return entry as TransportChoice
  }
  // The entry itself is not shown: a URL may hold a password.
  throw smError('SM_TRANSPORT_CONFIG', `An entry of the list of transports is neither a name, a URL nor a transport`)
}

/** Options that are present and undefined are not given, for any transport. */
function withGiven({ definition, options }: TransportChoice): TransportChoice {
  return { definition, options: given(options as object) }
}

/** A slip in the name of an option would leave its default in force, without a word. */
function requireKnownOptions({ name, options: known }: TransportDefinition, options: object): void {
  if (!known) return
  const stray = strayOption(options, new Set(Object.keys(known)))
  if (stray === undefined) return
  throw smError(
    'SM_TRANSPORT_CONFIG',
    `The transport "${name}" has no option ${JSON.stringify(stray)} (it has ${Object.keys(known).join(', ')})`,
    { details: { transport: name, option: stray } },
  )
}

/** The entries of SM_TRANSPORTS: names and URLs, separated by commas. */
function fromEnvironment(): readonly string[] | undefined {
  const value = process.env.SM_TRANSPORTS
  const entries = value?.split(',').flatMap(entry => entry.trim() || [])
  return entries?.length ? entries : undefined
}

/**
 * The transports that a configuration asks for, loaded where need be, in the order of the ladder. Without one,
 * `SM_TRANSPORTS` decides, and without that `fallback`.
 *
 * Throws `SM_TRANSPORT_UNKNOWN`, `SM_TRANSPORT_LOAD`, `SM_TRANSPORT_CONFIG` or `SM_TRANSPORT_INCOMPATIBLE`.
 */
export async function chooseTransports(
  config: TransportsConfig | undefined,
  fallback: readonly string[],
): Promise<readonly TransportChoice[]> {
  const chosen = config ?? fromEnvironment() ?? fallback
  if (typeof chosen !== 'object' || chosen === null) {
    throw smError('SM_TRANSPORT_CONFIG', `The transports are given as a ${typeof chosen}`)
  }
  const choices: TransportChoice[] = []
  if (Array.isArray(chosen)) {
    for (const entry of chosen) choices.push(await fromEntry(entry))
  } else {
    for (const [name, options] of Object.entries(chosen)) {
      if (options !== undefined) choices.push({ definition: await named(name), options })
    }
  }
  const names = new Set<string>()
  for (const { definition, options } of choices) {
    if (typeof options !== 'object' || options === null)
      throw smError('SM_TRANSPORT_CONFIG', `The options of the transport "${definition.name}" are not an object`)
    // Again, because another copy of core, with another contract, may have registered it.
    requireCompatible(definition.name, definition.contract)
    requireKnownOptions(definition, options)
    if (names.has(definition.name))
      throw smError('SM_TRANSPORT_CONFIG', `The transport "${definition.name}" is listed twice`)
    names.add(definition.name)
  }
  if (choices.length === 0) throw smError('SM_TRANSPORT_CONFIG', 'The list of transports is empty')
  return choices.map(withGiven).sort((a, b) => a.definition.rank - b.definition.rank)
}
