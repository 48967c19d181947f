import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { registeredTransports } from '@sm/core'
import type { TransportDefinition } from '@sm/core/transport'
import { publicPackages, sourceOf } from '../workspace/packages.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'
import { TsdocReader } from './tsdoc.ts'

/** Imports every transport of the workspace: it registers itself. */
async function importTransports(): Promise<void> {
  await import('@sm/core/memory')
  for (const each of publicPackages()) {
    const source = sourceOf(each)
    if (/^packages\/transport-(?!conformance$)/.test(each.path) && source) await import(pathToFileURL(source).href)
  }
}

function shown(name: string, value: unknown): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (name === 'delivery') {
    return Object.entries(value as object)
      .map(([level, evidence]) => `${level}: ${evidence}`)
      .join('; ')
  }
  if (value === Number.POSITIVE_INFINITY) return 'no limit'
  return typeof value === 'number' ? value.toLocaleString('en') : String(value)
}

function facts({ name, rank, contract, schemes }: TransportDefinition): readonly string[] {
  return [code(name), String(rank), contract, schemes.map(scheme => code(`${scheme}:`)).join(', ') || 'none']
}

/** The reference page of what each transport does and does not do. */
export async function capabilitiesPage(): Promise<Page> {
  await importTransports()
  const transports = registeredTransports()
  const file = join(root, 'packages/core/src/contract/capabilities.ts')
  const { properties } = new TsdocReader([file]).interface(file, 'Capabilities')
  const rows = properties.map(({ name }) => [
    code(name),
    ...transports.map(({ capabilities }) => shown(name, capabilities[name as keyof typeof capabilities])),
  ])
  const meanings = properties.map(({ name, text }) => [
    code(name),
    text || 'How far it carries, from one process to anywhere.',
  ])
  return page(
    'docs/reference/capabilities.md',
    'Transports and what they do',
    'With default options. An instance tells its own in `transport.capabilities`; a message that needs what a transport lacks is refused with `SM_CAPABILITY_MISSING`.',
    table(['transport', 'rank', 'contract', 'URL schemes'], transports.map(facts)),
    table(['capability', ...transports.map(({ name }) => name)], rows),
    '## What they mean',
    'The evidence beside a delivery level is what a resolved publish proves: `sent`, `accepted`, `persisted` or `handled`.',
    table(['capability', 'meaning'], meanings),
  )
}
