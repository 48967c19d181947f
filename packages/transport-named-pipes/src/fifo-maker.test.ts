import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { FifoMaker } from './fifo-maker.ts'

const failed = (told: string) =>
  expect.objectContaining({ code: 'SM_PIPES_CREATE', message: expect.stringContaining(told) })

/** The shells that this process has begun and that are not done. */
function shells(): readonly string[] {
  const tasks = readdirSync('/proc/self/task')
  const children = tasks.flatMap(task => readFileSync(`/proc/self/task/${task}/children`, 'utf8').match(/\d+/g) ?? [])
  return children.filter(pid => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sh\n')
}

describe('a maker of pipes', () => {
  let directory = ''

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sm-maker of 'pipes' $(false) \\"))
  })

  afterEach(() => rmSync(directory, { recursive: true }))

  it('takes whatever a path has in it, but no second line', async () => {
    const maker = new FifoMaker()
    const names = ['a', '-b', ' c ', '*', '"', 'é', 'back\\nslash'].map(name => join(directory, name))
    await Promise.all([maker.make(...names), maker.make(join(directory, 'other'))])
    for (const name of names) expect(lstatSync(name).isFIFO()).toBe(true)
    await expect(maker.make(join(directory, 'two\nlines'))).rejects.toEqual(failed('more than one line'))
  })

  it('says why it failed, and goes on', async () => {
    const maker = new FifoMaker()
    await expect(maker.make(join(directory, 'not', 'there'))).rejects.toEqual(failed('No such file or directory'))
    await maker.make(join(directory, 'there'))
    expect(lstatSync(join(directory, 'there')).isFIFO()).toBe(true)
  })

  it('begins another shell when its own was killed', async () => {
    const maker = new FifoMaker()
    const before = shells()
    await maker.make(join(directory, 'a'))
    const [own] = shells().filter(pid => !before.includes(pid))
    process.kill(Number(own), 'SIGKILL')
    const made = await Promise.allSettled([maker.make(join(directory, 'b')), maker.make(join(directory, 'c'))])
    for (const each of made) if (each.status === 'rejected') expect(each.reason).toEqual(failed('the shell ended'))
    await maker.make(join(directory, 'd'))
    expect(lstatSync(join(directory, 'd')).isFIFO()).toBe(true)
  })

  it('fails with its code where no file descriptors are left, and makes pipes once some are', async () => {
    const program = `
      import { closeSync, openSync } from 'node:fs'
      import { FifoMaker } from ${JSON.stringify(new URL('fifo-maker.ts', import.meta.url))}
      const maker = new FifoMaker()
      const held = []
      try { for (;;) held.push(openSync('/dev/null')) } catch {}
      const failed = await maker.make(${JSON.stringify(join(directory, 'a'))}).catch(error => error)
      for (const fd of held) closeSync(fd)
      await maker.make(${JSON.stringify(join(directory, 'b'))})
      console.log(failed?.code)`
    const limited = ['-c', 'ulimit -n 128; exec "$@"', 'sh', process.execPath]
    const args = [...limited, '--conditions=@sm/source', '--input-type=module', '-e', program]
    expect((await promisify(execFile)('sh', args)).stdout.trim()).toBe('SM_PIPES_CREATE')
    expect(lstatSync(join(directory, 'b')).isFIFO()).toBe(true)
  })

  it('neither keeps its process alive nor outlives it', async () => {
    const program = `
      import { readFileSync } from 'node:fs'
      import { FifoMaker } from ${JSON.stringify(new URL('fifo-maker.ts', import.meta.url))}
      await new FifoMaker().make(${JSON.stringify(join(directory, 'a'))})
      console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8'))`
    const args = ['--conditions=@sm/source', '--input-type=module', '-e', program]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const shell = stdout.trim()
    expect(shell).toMatch(/^\d+$/)
    await eventually('the shell has ended', () => !existsSync(`/proc/${shell}`))
  })
})
