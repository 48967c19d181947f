import { describe, expect, it, vi } from 'vitest'
import { createEmitter } from './emitter.ts'

interface Events {
  change: number
  end: string
}

const fail = (error: unknown) => {
  throw error
}

describe('an emitter', () => {
  it('hands an event to the listeners of its name, in the order in which they came', () => {
    const emitter = createEmitter<Events>(fail)
    const heard: string[] = []
    emitter.on('change', value => heard.push(`a${value}`))
    emitter.on('change', value => heard.push(`b${value}`))
    emitter.on('end', text => heard.push(text))
    emitter.emit('change', 1)
    emitter.emit('end', 'bye')
    expect(heard).toEqual(['a1', 'b1', 'bye'])
  })

  it('bears that nobody listens', () => {
    createEmitter<Events>(fail).emit('change', 1)
  })

  it('keeps a listener that throws from harming the others or the one who emits', () => {
    const errors: unknown[] = []
    const emitter = createEmitter<Events>(error => errors.push(error))
    const heard = vi.fn()
    const boom = new Error('boom')
    emitter.on('change', () => {
      throw boom
    })
    emitter.on('change', heard)
    emitter.emit('change', 7)
    expect(heard).toHaveBeenCalledWith(7)
    expect(errors).toEqual([boom])
  })

  it('leaves a listener that is added during an event waiting for the next', () => {
    const emitter = createEmitter<Events>(fail)
    const late = vi.fn()
    const off = emitter.on('change', () => void emitter.on('change', late))
    emitter.emit('change', 1)
    expect(late).not.toHaveBeenCalled()
    off()
    emitter.emit('change', 2)
    expect(late.mock.calls).toEqual([[2]])
  })

  it('lets one function listen twice and stop once', () => {
    const emitter = createEmitter<Events>(fail)
    const heard = vi.fn()
    const off = emitter.on('change', heard)
    emitter.on('change', heard)
    off()
    off()
    emitter.emit('change', 1)
    expect(heard).toHaveBeenCalledOnce()
  })
})
