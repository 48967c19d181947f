import { expect, it } from 'vitest'
import { application } from './application.ts'

const defines = (name: string, schemes: string) => `
import { defineTransport } from '@sm/core/transport'
import { memory } from '@sm/core/memory'
defineTransport({
  name: '${name}', contract: '1.0', version: '1.0.0', rank: 90, schemes: ${schemes},
  capabilities: memory.definition.capabilities,
  fromUrl: url => ({ graceMs: Number(url.port) }),
  create: (options, context) => memory.definition.create(options, context),
})`

it('a transport that is configured but not imported is loaded by its conventional name', async () => {
  const app = application()
  const install = (name: string, code: string | undefined) => {
    const manifest = { name: `@sm/transport-${name}`, version: '1.0.0', type: 'module', exports: './index.js' }
    app.write(`node_modules/@sm/transport-${name}/package.json`, JSON.stringify(manifest))
    if (code !== undefined) app.write(`node_modules/@sm/transport-${name}/index.js`, code)
  }
  install('good', defines('good', `['good', 'goods']`))
  install('broken', `throw new Error('the driver is too old')`)
  install('lacking', `import 'a-driver-that-is-missing'`)
  install('silent', 'export {}')
  install('hollow', undefined)

  const results = (await app.run(
    `import { createAgent, isSmError } from '@sm/core'`,
    `const attempts = {`,
    `  byName: { good: {} }, byUrl: ['goods://host:77'], broken: ['broken'], lacking: ['lacking'],`,
    `  silent: { silent: {} }, hollow: { hollow: {} }, absent: { absent: {} }, absentUrl: ['absents://user:hunter2@host'],`,
    `}`,
    `const results = {}`,
    `for (const [name, transports] of Object.entries(attempts)) {`,
    `  try {`,
    `    await using agent = await createAgent('probe', { transports })`,
    `    results[name] = { healthy: (await agent.health()).healthy }`,
    `  } catch (error) {`,
    `    results[name] = { code: error.code, message: error.message, cause: error.cause?.message }`,
    `  }`,
    `}`,
    `console.log(JSON.stringify(results))`,
  )) as Record<string, { readonly message?: string }>

  expect(results).toMatchObject({
    byName: { healthy: true },
    byUrl: { healthy: true },
    broken: {
      code: 'SM_TRANSPORT_LOAD',
      message: expect.stringContaining('@sm/transport-broken failed to load'),
      cause: 'the driver is too old',
    },
    lacking: { code: 'SM_TRANSPORT_LOAD', cause: expect.stringContaining('a-driver-that-is-missing') },
    silent: { code: 'SM_TRANSPORT_LOAD', message: expect.stringContaining('registered no transport "silent"') },
    hollow: { code: 'SM_TRANSPORT_LOAD' },
    absent: {
      code: 'SM_TRANSPORT_UNKNOWN',
      message: expect.stringContaining('@sm/transport-absent is not installed'),
    },
    absentUrl: { code: 'SM_TRANSPORT_UNKNOWN' },
  })
  expect(JSON.stringify(results)).not.toContain('hunter2')
})
