import { afterAll, beforeAll } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { keepsItsPromises } from './keeps-its-promises.ts'
import { pipesBase, quick } from './two-wires.ts'

describeWithBroker('redis', {}, redis => {
  let pipes: Awaited<ReturnType<typeof pipesBase>> | undefined
  beforeAll(async () => {
    pipes = await pipesBase()
  })
  afterAll(() => pipes?.[Symbol.asyncDispose]())

  keepsItsPromises(() => ({
    near: { 'named-pipes': { base: pipes?.base } },
    far: { redis: { url: redis().url, ...quick } },
  }))
})
