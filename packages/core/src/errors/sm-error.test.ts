import { describe, expect, it, vi } from 'vitest'
import { defineErrors, describeThrown, fromWireError, isSmError, SmError, toWireError } from './sm-error.ts'

const testError = defineErrors({
  SM_TEST_DOWN: { meaning: 'It is down.', remedy: 'Switch it on.', retryable: true },
})

describe('an SmError', () => {
  it('is an Error with a name, a code, a cause and details', () => {
    const cause = new Error('cable')
    const error = testError('SM_TEST_DOWN', 'The lamp of room 7 is dark', { cause, details: { room: 7 } })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SmError', code: 'SM_TEST_DOWN', retryable: true, details: { room: 7 } })
    expect(error.cause).toBe(cause)
  })

  it('has no cause of its own when none is given, and empty details', () => {
    const error = new SmError('SM_TEST_DOWN', 'dark')
    expect('cause' in error).toBe(false)
    expect(error.details).toEqual({})
    expect(error.retryable).toBe(false)
  })

  it('ends what happened with one full stop, whoever wrote it', () => {
    expect(testError('SM_TEST_DOWN', 'Dark').message).toBe('[SM_TEST_DOWN] Dark. Switch it on.')
    expect(testError('SM_TEST_DOWN', 'Dark.').message).toBe('[SM_TEST_DOWN] Dark. Switch it on.')
  })

  it('lets the thrower overrule whether to try again', () => {
    expect(testError('SM_TEST_DOWN', 'Dark', { retryable: false }).retryable).toBe(false)
  })

  it('is recognised across copies of the package', async () => {
    vi.resetModules()
    const copy = await import('./index.ts')
    expect(copy.SmError).not.toBe(SmError)
    expect(isSmError(new copy.SmError('SM_TEST_DOWN', 'dark'))).toBe(true)
    expect(copy.isSmError(testError('SM_TEST_DOWN', 'dark'))).toBe(true)
  })

  it.each([
    undefined,
    null,
    'SM_TEST_DOWN',
    new Error('x'),
    { code: 'SM_TEST_DOWN', name: 'SmError' },
    Object.assign(new Error('x'), { code: 'SM_TEST_DOWN' }),
  ])('is not taken for %o', value => {
    expect(isSmError(value)).toBe(false)
  })

  it('does not show its brand when it is listed', () => {
    expect(Reflect.ownKeys({ ...testError('SM_TEST_DOWN', 'dark') }).every(key => typeof key === 'string')).toBe(true)
  })
})

describe('the wire form of an error', () => {
  it('keeps code, text and retryability, and nothing else', () => {
    const error = testError('SM_TEST_DOWN', 'Dark', { details: { secret: 1 }, cause: new Error('inner') })
    expect(toWireError(error, 'SM_OTHER')).toEqual({ code: 'SM_TEST_DOWN', message: error.message, retryable: true })
  })

  it('gives what is not coded the code of the caller', () => {
    expect(toWireError(new Error('boom'), 'SM_HANDLER_FAILED')).toEqual({
      code: 'SM_HANDLER_FAILED',
      message: 'boom',
      retryable: true,
    })
  })

  it('comes back as an error that says it is remote', () => {
    const wire = { code: 'SM_TEST_DOWN', message: '[SM_TEST_DOWN] Dark.', retryable: false }
    const error = fromWireError(wire, { agent: 'lamp' })
    expect(isSmError(error)).toBe(true)
    expect(error).toMatchObject({ ...wire, details: { agent: 'lamp', remote: true } })
    expect(toWireError(error, 'SM_OTHER')).toEqual(wire)
  })
})

describe('what was thrown', () => {
  it('is described by the message of an Error', () => {
    expect(describeThrown(new TypeError('not that'))).toBe('not that')
  })

  it('is described by the value itself, kept short', () => {
    expect(describeThrown(42)).toBe('42')
    expect(describeThrown(undefined)).toBe('undefined')
    expect(describeThrown('x'.repeat(1_000))).toHaveLength(200)
  })

  it('is described even when it cannot be shown', () => {
    const unshowable = {
      toString() {
        throw new Error('no')
      },
    }
    expect(describeThrown(unshowable)).toBe('a object that cannot be shown')
    expect(describeThrown(Object.create(null))).toBe('a object that cannot be shown')
  })
})
