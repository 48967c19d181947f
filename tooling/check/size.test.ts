import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundledBytes } from './size.ts'

it('measures what an entry brings into a bundle, and not what it leaves out', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sm-size-'))
  try {
    const text = Array.from({ length: 2_000 }, (_, i) => (i * 7919).toString(36)).join('')
    await writeFile(join(directory, 'large.js'), `export const large = '${text}'`)
    await writeFile(join(directory, 'with.js'), `export * from './large.js'`)
    await writeFile(join(directory, 'without.js'), `import { all } from 'elsewhere'\nexport const one = all`)
    expect(await bundledBytes(join(directory, 'with.js'), [])).toBeGreaterThan(2_000)
    expect(await bundledBytes(join(directory, 'without.js'), ['elsewhere'])).toBeLessThan(200)
    await expect(bundledBytes(join(directory, 'without.js'), [])).rejects.toThrow('elsewhere')
  } finally {
    await rm(directory, { recursive: true })
  }
})
