import { describe, expect, it } from 'vitest'
import { type MeshOptions, toMeshSettings } from './options.ts'

describe('the options of a mesh', () => {
  it('all have defaults, which some may replace', () => {
    expect(toMeshSettings({ graceMs: 0, reconnect: { maxMs: 100 } })).toMatchObject({
      graceMs: 0,
      windowBytes: 1_048_576,
      reconnect: { initialMs: 50, maxMs: 100 },
    })
  })

  it.each<[MeshOptions, string]>([
    [{ heartbeatMs: 0 }, 'heartbeatMs'],
    [{ maxLinks: -1 }, 'maxLinks'],
    [{ windowBytes: 1.5 }, 'windowBytes'],
    [{ windowBytes: 2 ** 31 }, 'windowBytes'],
    [{ maxFrameBytes: Number.POSITIVE_INFINITY }, 'maxFrameBytes'],
    [{ maxInterests: 65_536 }, 'maxInterests'],
    [{ graceMs: Number.NaN }, 'graceMs'],
    [{ handshakeMs: '5' as never }, 'handshakeMs'],
    [{ heartbeatMs: 100, deadAfterMs: 199 }, 'deadAfterMs'],
  ])('%j is refused, and the error names %s', (options, name) => {
    expect(() => toMeshSettings(options)).toThrow(
      expect.objectContaining({ code: 'SM_MESH_OPTIONS', message: expect.stringContaining(name) }),
    )
  })
})
