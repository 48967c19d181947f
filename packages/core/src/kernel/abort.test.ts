import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { abortable, throwIfAborted } from './abort.ts'

/** A turn of the event loop: rejections that nobody handles are told by then. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('throwIfAborted', () => {
  it('throws the reason of an aborted signal', () => {
    const reason = new Error('stop')
    expect(() => throwIfAborted(AbortSignal.abort(reason))).toThrow(reason)
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  it('passes over a signal that is not, and none at all', () => {
    throwIfAborted(new AbortController().signal)
    throwIfAborted(undefined)
  })
})

describe('abortable', () => {
  it('is the promise itself without a signal', () => {
    const promise = Promise.resolve(1)
    expect(abortable(promise, undefined)).toBe(promise)
  })

  it.each(['resolves', 'rejects', 'aborts'] as const)('leaves no listener behind when it %s', async how => {
    const controller = new AbortController()
    const work = Promise.withResolvers<string>()
    const result = abortable(work.promise, controller.signal)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    const reason = new Error(how)
    if (how === 'resolves') work.resolve('done')
    else if (how === 'rejects') work.reject(reason)
    else controller.abort(reason)
    if (how === 'resolves') await expect(result).resolves.toBe('done')
    else await expect(result).rejects.toBe(reason)
    await turn()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('rejects at once under an aborted signal, and a late failure of the promise goes nowhere', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const work = Promise.withResolvers<void>()
    await expect(abortable(work.promise, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    work.reject(new Error('late'))
    await turn()
    await turn()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})
