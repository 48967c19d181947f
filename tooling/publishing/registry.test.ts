import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startRegistry } from './registry.ts'

async function registry() {
  const directory = await mkdtemp(join(tmpdir(), 'sm-registry-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const tarballs = await Promise.all(
    ['1.0.0', '1.1.0'].map(async version => {
      const file = join(directory, `${version}.tgz`)
      await writeFile(file, `the bytes of ${version}`)
      return { manifest: { name: '@sm/core', version, type: 'module' }, file }
    }),
  )
  const started = await startRegistry({ tarballs, upstream: 'https://registry.example/npm/' })
  onTestFinished(() => started[Symbol.asyncDispose]())
  return started
}

it('serves the versions of a package, each with what its tarball hashes to', async () => {
  const { url } = await registry()
  const document = (await (await fetch(`${url}@sm%2fcore`)).json()) as {
    versions: Record<string, { type: string; dist: { tarball: string; integrity: string } }>
  }
  expect(document).toMatchObject({ name: '@sm/core', 'dist-tags': { latest: '1.1.0' } })
  expect(Object.keys(document.versions)).toEqual(['1.0.0', '1.1.0'])
  const { dist, type } = document.versions['1.0.0'] as NonNullable<(typeof document.versions)[string]>
  expect(type).toBe('module')
  const bytes = Buffer.from(await (await fetch(dist.tarball)).arrayBuffer())
  expect(bytes.toString()).toBe('the bytes of 1.0.0')
  expect(dist.integrity).toBe(`sha512-${createHash('sha512').update(bytes).digest('base64')}`)
})

it('listens on this machine alone', async () => {
  expect(new URL((await registry()).url).hostname).toBe('127.0.0.1')
})

it('sends who wants another package to the upstream', async () => {
  const { url } = await registry()
  const { status, headers } = await fetch(`${url}@types%2fnode`, { redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([307, 'https://registry.example/npm/@types%2fnode'])
})

it('has no version that was not given', async () => {
  const { url } = await registry()
  expect((await fetch(`${url}@sm/core/-/9.9.9.tgz`)).status).toBe(404)
})
