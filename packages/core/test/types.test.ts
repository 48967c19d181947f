import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Agent, createAgent } from '../src/agent/index.ts'
import { isSmError } from '../src/errors/index.ts'
import {
  bytes,
  defineMessage,
  type Immutable,
  type InputOf,
  type PayloadOf,
  type ReplyOf,
  unchecked,
} from '../src/message/index.ts'
import type { MessageContext } from '../src/receiving/index.ts'

// The compiler checks what these say (`pnpm check types`): a line that should not compile says so.

type UserId = string & { readonly __brand: 'UserId' }
type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

class Money {
  readonly #cents: number

  constructor(cents: number) {
    this.#cents = cents
  }

  plus(other: Money): Money {
    return new Money(this.#cents + other.#cents)
  }
}

const Branded = z.object({ id: z.string().brand<'UserId'>(), count: z.number().brand<'Count'>() })
const Plain = defineMessage('plain', { schema: unchecked<{ list: string[]; deep: { n: number[] } }>() })
const Asked = defineMessage('asked', { schema: unchecked<number>(), reply: unchecked<string>() })
const Nothing = defineMessage('nothing', { schema: unchecked<number>(), reply: unchecked<void>() })

/** Never called: what is in it need only compile, or not. */
function neverRun(check: (agent: Agent, context: MessageContext) => unknown): void {
  expect(check).toBeTypeOf('function')
}

describe('Immutable', () => {
  it('leaves brands and classes alone', () => {
    expectTypeOf<Immutable<UserId>>().toEqualTypeOf<UserId>()
    expectTypeOf<Immutable<z.output<typeof Branded>['id']>>().toEqualTypeOf<z.output<typeof Branded>['id']>()
    expectTypeOf<Immutable<Money>>().toEqualTypeOf<Money>()
    expectTypeOf<Immutable<{ by: Money; ids: UserId[] }>>().toEqualTypeOf<{
      readonly by: Money
      readonly ids: readonly UserId[]
    }>()
  })

  it('keeps the shape of tuples', () => {
    expectTypeOf<Immutable<[number, { a: string[] }]>>().toEqualTypeOf<
      readonly [number, { readonly a: readonly string[] }]
    >()
    expectTypeOf<Immutable<[string, ...number[]]>>().toEqualTypeOf<readonly [string, ...number[]]>()
  })

  it('reaches the depths of plain data, and does not overflow where it has none', () => {
    expectTypeOf<PayloadOf<typeof Plain>>().toEqualTypeOf<{
      readonly list: readonly string[]
      readonly deep: { readonly n: readonly number[] }
    }>()
    const Any = defineMessage('any', { schema: unchecked<Json>() })
    neverRun((agent, _context) => agent.subscribe(Any, value => agent.publish(Any, value)))
  })
})

describe('inputs', () => {
  it('accept what a handler got, and readonly data', () => {
    neverRun(agent => {
      void agent.subscribe(Plain, payload => agent.publish(Plain, payload))
      return agent.publish(Plain, { list: ['a'] as const, deep: { n: [1] } as const })
    })
    expectTypeOf<{ readonly list: readonly string[]; readonly deep: { readonly n: readonly number[] } }>().toExtend<
      InputOf<typeof Plain>
    >()
  })

  it('are refused where they are wrong', () => {
    neverRun(agent => {
      // @ts-expect-error A list of numbers is none of strings.
      void agent.publish(Plain, { list: [1], deep: { n: [] } })
      // @ts-expect-error Something is missing.
      return agent.publish(Plain, { list: [] })
    })
  })
})

describe('request()', () => {
  it('takes types with a reply, and knows it', () => {
    expectTypeOf<ReplyOf<typeof Asked>>().toEqualTypeOf<string>()
    expectTypeOf<ReplyOf<typeof Nothing>>().toEqualTypeOf<void>()
    neverRun(async agent => {
      const answer: string = await agent.request(Asked, 1)
      // @ts-expect-error It has no reply.
      void agent.request(Plain, { list: [], deep: { n: [] } })
      return answer
    })
  })

  it('has an answer of nothing, where a reply is void', async () => {
    const agent = await createAgent('void-reply', { namespace: 'types' })
    await agent.subscribe(Nothing, () => undefined)
    expect(await agent.request(Nothing, 1, { to: 'void-reply' })).toBeUndefined()
    await agent.stop()
  })
})

describe('subscribe()', () => {
  it('tells a wrong answer or option where it stands', { timeout: 60_000 }, () => {
    neverRun(agent => {
      // @ts-expect-error The answer is a text.
      void agent.subscribe(Asked, n => n)
      // @ts-expect-error There is no such option.
      void agent.subscribe(Plain, () => undefined, { concurency: 1 })
      // @ts-expect-error Patterns have a method of their own.
      void agent.subscribe('plain.*', () => undefined)
      return agent.subscribePattern('plain.*', (payload, { header }) => [payload, header.type])
    })
    const wrong = faultsOf(`
      import { type Agent, defineMessage, unchecked } from '@sm/core'
      const Asked = defineMessage('asked', { schema: unchecked<number>(), reply: unchecked<string>() })
      export const f = (agent: Agent) => agent.subscribe(Asked, () => 5)
    `)
    expect(wrong).toEqual([expect.stringContaining("'number' is not assignable to type 'MaybePromise<string>'")])
    expect(wrong.join()).not.toContain('overload')
  })

  it('gives a context that a test can fake', () => {
    const fake = { attempt: 1, transport: 'memory' } as MessageContext
    expectTypeOf(fake.attempt).toEqualTypeOf<number>()
    class Fake implements Pick<MessageContext, 'attempt' | 'transport'> {
      attempt = 1
      transport = 'memory'
    }
    expect(new Fake().attempt).toBe(1)
  })
})

describe('transports', () => {
  it('that there are not, and options that they have not, do not compile', () => {
    neverRun(() => {
      // @ts-expect-error There is no such transport.
      void createAgent('a', { transports: { carrier: {} } })
      // @ts-expect-error Memory has no such option.
      return createAgent('a', { transports: { memory: { maxQueud: 3 } } })
    })
  })
})

describe('errors', () => {
  it('have codes and an outcome that are typed', () => {
    const told = (error: unknown) => {
      if (!isSmError(error)) return 'foreign'
      expectTypeOf(error.outcome).toEqualTypeOf<'failed' | 'unknown' | undefined>()
      if (error.code === 'SM_ROUTE_NONE') return 'nobody'
      return error.code
    }
    expect(told(new Error('x'))).toBe('foreign')
  })
})

describe('declarations', () => {
  it('of a package that exports definitions name nothing but core', { timeout: 60_000 }, () => {
    const { faults, text } = declarationsOf(`
      import { bytes, createAgent, defineMessage, unchecked } from '@sm/core'
      export const Plain = defineMessage('plain', { schema: unchecked<string>() })
      export const Asked = defineMessage('asked', { schema: bytes(), reply: unchecked<number>() })
      export const Many = defineMessage('many', { schema: unchecked<{ id: string }>(), actions: ['go', 'stop'] })
      export const stream = async () => (await createAgent('x')).subscribe(Plain)
    `)
    expect(faults.join('\n')).toBe('')
    expect([...text.matchAll(/(?:from |import\()["']([^"']+)/g)].map(([, name]) => name)).not.toContain(
      '@standard-schema/spec',
    )
    expect(bytes()['~standard'].version).toBe(1)
  })
})

function compile(code: string, options: ts.CompilerOptions): { faults: string[]; text: string } {
  const directory = mkdtempSync(join(tmpdir(), 'types-'))
  try {
    const file = join(directory, 'index.ts')
    writeFileSync(file, code)
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(directory, 'node_modules'))
    let text = ''
    const settings: ts.CompilerOptions = {
      ...{ strict: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 },
      ...{ moduleResolution: ts.ModuleResolutionKind.NodeNext, customConditions: ['@sm/source'] },
      ...{
        allowImportingTsExtensions: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(directory, 'node_modules/@types')],
      },
      ...options,
    }
    const host = ts.createCompilerHost(settings)
    host.writeFile = (_path, written) => {
      text += written
    }
    const program = ts.createProgram([file], settings, host)
    const { diagnostics } = program.emit()
    const own = [...ts.getPreEmitDiagnostics(program, program.getSourceFile(file)), ...diagnostics]
    return { faults: own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), text }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const faultsOf = (code: string) => compile(code, {}).faults
const declarationsOf = (code: string) =>
  compile(code, { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: '/out', rootDir: '/' })
