import { describe, expect, it } from 'vitest'
import type { Target } from '../contract/index.ts'
import type { Address } from '../message/index.ts'
import { groupKey, matchesTarget } from './target.ts'

const topic = (name: string): Address => ({ kind: 'topic', topic: name })
const inbox = (agent: string, instance?: string) => ({ kind: 'inbox', agent, ...(instance && { instance }) }) as const
const pattern = (text: string): Target => ({ kind: 'pattern', pattern: text })

describe('a target', () => {
  it.each([
    [pattern('order.*'), topic('order.placed'), true],
    [pattern('order.*'), topic('order.placed.twice'), false],
    [pattern('#'), inbox('billing'), false],
    [inbox('billing'), inbox('billing'), true],
    [inbox('billing'), inbox('billing', 'A'), false],
    [inbox('billing', 'A'), inbox('billing', 'A'), true],
    [inbox('billing'), topic('billing'), false],
  ] as const)('%j is for %j: %j', (target, address, expected) => {
    expect(matchesTarget(target, address)).toBe(expected)
  })

  it('has a key with each group that no other pair has', () => {
    const targets = [pattern('billing'), pattern('billing.A'), inbox('billing'), inbox('billing', 'A')]
    const keys = targets.flatMap(target => ['a', 'b'].map(group => groupKey({ target, group })))
    expect(new Set(keys).size).toBe(keys.length)
  })
})
