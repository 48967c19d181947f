import { describe, expect, it } from 'vitest'
import { contractVersion } from '../contract/index.ts'
import { contractMismatch, requireCompatible } from './compatibility.ts'

describe('the contract of a plugin', () => {
  it.each([
    ['1.2', '1.2'],
    ['1.0', '1.2'],
    ['2.0', '2.13'],
  ])('%s fits a core that has %s', (plugin, core) => {
    expect(contractMismatch(plugin, core)).toBeUndefined()
  })

  it('that is the one of this core fits it', () => {
    expect(contractMismatch(contractVersion)).toBeUndefined()
  })

  it.each([
    ['1.3', '1.2', 'newer'],
    ['2.0', '1.9', 'another major'],
    ['1.0', '2.0', 'another major'],
    ['1.10', '1.9', 'newer'],
  ])('%s does not fit a core that has %s, and the answer names both', (plugin, core, why) => {
    const mismatch = contractMismatch(plugin, core)
    expect(mismatch).toContain(plugin)
    expect(mismatch).toContain(core)
    expect(mismatch).toContain(why)
  })

  it.each([undefined, null, 1, 1.0, '1', '1.0.0', 'v1.0', '^1.0', '1.x', '', ' 1.0', '1.0\n', '10000000000.0', {}])(
    'given as %j is refused as no version',
    garbage => {
      expect(contractMismatch(garbage)).toContain('not of the form "major.minor"')
    },
  )

  it('that does not fit is refused with a coded error that names the transport, both sides and the remedy', () => {
    expect(() => requireCompatible('carrier-pigeon', '3.0', '1.4')).toThrow(
      expect.objectContaining({
        code: 'SM_TRANSPORT_INCOMPATIBLE',
        retryable: false,
        message: expect.stringMatching(/"carrier-pigeon".*3\.0.*1\.4.*Install versions/),
        details: { transport: 'carrier-pigeon', plugin: '3.0', core: '1.4' },
      }),
    )
  })
})
