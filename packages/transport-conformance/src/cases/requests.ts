import assert from 'node:assert/strict'
import { defineMessage, isSmError, SmError, unchecked } from '@sm/core'
import type { ConformanceCase } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { refusal } from '../expectations.ts'
import { atMostOnce, receives } from '../needs.ts'

/** A question and its answer, in the codec of the run. */
function defineQuestion({ codec }: Environment) {
  return defineMessage('conformance.question', {
    schema: unchecked<{ readonly n: number }>(),
    reply: unchecked<{ readonly n: number; readonly asker: string }>(),
    codec: codec.name,
  })
}

const codeOf = (error: unknown) => (isSmError(error) ? error.code : `an error without a code (${error})`)

/** Questions and answers, as agents ask and give them. */
export const requests: readonly ConformanceCase[] = [
  {
    id: 'REQ-01',
    title: 'A reply reaches the instance that asked, and no other.',
    needs: [receives, atMostOnce],
    async run(env) {
      const Question = defineQuestion(env)
      const answerer = await env.agent('answerer')
      const askers = [await env.agent('asker'), await env.agent('asker')]
      await answerer.subscribe(Question, ({ n }, { from }) => ({ n, asker: from.instance ?? '' })).ready
      const asked = askers.map(async asker => {
        for (let n = 0; n < 10; n++) {
          const reply = await env.within('a reply arrives', asker.request(Question, { n }, { to: 'answerer' }))
          assert.deepEqual({ ...reply }, { n, asker: asker.instance })
        }
      })
      await Promise.all(asked)
      await env.quiet()
      for (const asker of askers) {
        const { lateReplies } = (await asker.health()).counters
        assert.equal(lateReplies, 0, 'A reply came to an instance that had not asked')
      }
    },
  },
  {
    id: 'REQ-02',
    title: 'Many requests at once each get their own reply.',
    needs: [receives, atMostOnce],
    async run(env) {
      const Question = defineQuestion(env)
      const [answerer, asker] = [await env.agent('answerer'), await env.agent('asker')]
      const answer = async ({ n }: { readonly n: number }) => {
        // Answers leave in another order than the questions came.
        await new Promise(resolve => setTimeout(resolve, n % 4))
        return { n, asker: '' }
      }
      await answerer.subscribe(Question, answer, { concurrency: 100 }).ready
      const asked = Array.from({ length: 100 }, (_, n) => asker.request(Question, { n }, { to: 'answerer' }))
      const replies = await env.within('all replies arrive', Promise.all(asked))
      assert.deepEqual(
        replies.map(({ n }) => n),
        asked.map((_, n) => n),
        'Replies were mixed up',
      )
    },
  },
  {
    id: 'REQ-03',
    title: 'A timeout ends the request with SM_REQUEST_TIMEOUT and aborts the signal of the remote handler.',
    needs: [receives, atMostOnce],
    async run(env) {
      const Question = defineQuestion(env)
      const [answerer, asker] = [await env.agent('answerer'), await env.agent('asker')]
      let began = 0
      let aborted = 0
      await answerer.subscribe(Question, async (_, { signal }) => {
        began += 1
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
        aborted += 1
        throw new Error('nobody waits for it')
      }).ready
      // A slow wire may take up all of the time by itself: it is given more, until the handler has some, too.
      for (const timeoutMs of [100, 500, 2_500]) {
        const error = await refusal('A request that nobody answers', () =>
          env.within('the request ends', asker.request(Question, { n: 0 }, { to: 'answerer', timeoutMs }), timeoutMs),
        )
        assert.equal(codeOf(error), 'SM_REQUEST_TIMEOUT')
        if (began > 0) break
      }
      assert.equal(began, 1, 'The handler did not get the request')
      await env.eventually('the signal of the remote handler aborts', () => aborted === 1)
    },
  },
  {
    id: 'REQ-04',
    title: 'An error of the remote handler arrives with its code.',
    needs: [receives, atMostOnce],
    async run(env) {
      const Question = defineQuestion(env)
      const [answerer, asker] = [await env.agent('answerer'), await env.agent('asker')]
      await answerer.subscribe(Question, ({ n }) => {
        if (n === 0) throw new SmError('SM_CONFORMANCE_REFUSED', 'Not that question')
        throw new TypeError('a fault of the handler')
      }).ready
      const codes = ['SM_CONFORMANCE_REFUSED', 'SM_HANDLER_FAILED']
      for (const [n, code] of codes.entries()) {
        const error = await refusal('A request whose handler throws', () =>
          env.within('the request ends', asker.request(Question, { n }, { to: 'answerer' })),
        )
        assert.equal(codeOf(error), code)
      }
    },
  },
]
