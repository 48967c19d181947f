import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A packed package: what `pnpm pack` has made. */
export interface Tarball {
  /** The package.json inside of it. */
  readonly manifest: { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>
  readonly file: string
}

export interface RegistryOptions {
  readonly tarballs: readonly Tarball[]
  /** Where whoever asks for anything else is sent. */
  readonly upstream: string
}

/** A registry of this machine alone. */
export interface Registry extends AsyncDisposable {
  readonly url: string
}

/** The facts of one version in a registry: its package.json, and where it is and what it hashes to. */
async function versionOf({ manifest, file }: Tarball, url: string): Promise<object> {
  const bytes = await readFile(file)
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => createHash(algorithm).update(bytes).digest(encoding)
  return {
    ...manifest,
    dist: {
      tarball: `${url}${manifest.name}/-/${manifest.version}.tgz`,
      integrity: `sha512-${hash('sha512', 'base64')}`,
      shasum: hash('sha1', 'hex'),
    },
  }
}

/** The document of a package with all its versions; the latest is the last that was given. */
async function packumentOf(name: string, tarballs: readonly Tarball[], url: string): Promise<object> {
  const versions: Record<string, object> = {}
  for (const tarball of tarballs) versions[tarball.manifest.version] = await versionOf(tarball, url)
  return { name, versions, 'dist-tags': { latest: tarballs.at(-1)?.manifest.version } }
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/**
 * Serves packed packages on 127.0.0.1 as a registry does, so that `npm install` takes them as users get them. Requests for
 * other packages are redirected to the upstream.
 */
export async function startRegistry({ tarballs, upstream }: RegistryOptions): Promise<Registry> {
  const byName = Map.groupBy(tarballs, ({ manifest }) => manifest.name)
  let url = ''
  const answer = async (path: string, response: ServerResponse) => {
    const [name = '', version] = decodeURIComponent(path.slice(1)).split('/-/')
    const found = byName.get(name)
    if (!found) return void response.writeHead(307, { location: new URL(path.slice(1), upstream).href }).end()
    if (version === undefined) return sendJson(response, await packumentOf(name, found, url))
    const tarball = found.find(({ manifest }) => `${manifest.version}.tgz` === version)
    if (!tarball) return void response.writeHead(404).end()
    createReadStream(tarball.file).pipe(response.writeHead(200, { 'content-type': 'application/octet-stream' }))
  }
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(error => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
