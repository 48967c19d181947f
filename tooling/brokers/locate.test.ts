import { describe, expect, it } from 'vitest'
import { locate, type Machine, type Program } from './locate.ts'

const program: Program = { name: 'some-server', debian: 'some-package', image: 'some:1', directories: ['/own'] }

/** A machine that has nothing, but for what is said. */
function machine(has: Partial<Machine> = {}): Machine {
  return {
    path: ['/a', '/b'],
    isProgram: () => false,
    canInstall: () => false,
    install: async () => 'E: no such package',
    hasDocker: async () => false,
    ...has,
  }
}

describe('a server is', () => {
  it('the first on the PATH, after its own directories', async () => {
    const both = machine({ isProgram: file => file.endsWith('/some-server') && !file.startsWith('/a') })
    expect(await locate(program, both)).toEqual({ by: 'program', path: '/own/some-server' })
    const onPath = machine({ isProgram: file => file === '/b/some-server' })
    expect(await locate(program, onPath)).toEqual({ by: 'program', path: '/b/some-server' })
  })

  it('installed where that is possible, even when Docker is there', async () => {
    const asked: string[] = []
    const debian = machine({
      isProgram: file => asked.length > 0 && file === '/a/some-server',
      canInstall: () => true,
      install: async ({ debian }) => void asked.push(debian),
      hasDocker: async () => true,
    })
    expect(await locate(program, debian)).toEqual({ by: 'program', path: '/a/some-server' })
    expect(asked).toEqual(['some-package'])
  })

  it('run in Docker where it cannot be installed', async () => {
    expect(await locate(program, machine({ hasDocker: async () => true }))).toEqual({ by: 'docker', image: 'some:1' })
    const failing = machine({ canInstall: () => true, hasDocker: async () => true })
    expect(await locate(program, failing)).toEqual({ by: 'docker', image: 'some:1' })
  })
})

describe('a server that cannot be had', () => {
  it('is an error that says what to install', async () => {
    await expect(locate(program, machine())).rejects.toThrow(/no some-server here.*some:1.*package some-package/s)
  })

  it('is an error that says why installing it failed', async () => {
    await expect(locate(program, machine({ canInstall: () => true }))).rejects.toThrow('failed: E: no such package')
  })
})
