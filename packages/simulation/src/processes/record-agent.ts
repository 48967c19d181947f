import type {
  Agent,
  MessageContext,
  MessageType,
  PatternHandler,
  PublishOptions,
  StopOptions,
  SubscribeOptions,
} from '@sm/core'
import type { ProcessRecord, PublishRecord } from '../history/history.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Endpoint } from '../network/endpoint.ts'

/** The extension in which a message carries the number of its publish, so that handlers and publishes can be joined. */
const extension = 'simpublish'

const never = <T>() => new Promise<T>(() => {})

/** Has the publishes, the handlers and the stop of an agent written down, and ends them with its process. */
export function recordAgent(agent: Agent, recorder: Recorder, endpoint: Endpoint, process: ProcessRecord): void {
  const { id, instance } = agent
  const { store } = process
  const stop = agent.stop.bind(agent)
  const publish = agent.publish.bind(agent)
  const subscribe = agent.subscribe.bind(agent) as (...given: unknown[]) => unknown
  const subscribePattern = agent.subscribePattern.bind(agent)
  const handlers = new Map<string, number>()

  const recorded = (handler: PatternHandler, wanted: string, options: SubscribeOptions): PatternHandler => {
    const group = options.group ?? (options.each ? `${id}/each` : id)
    const text = `${id} ${group} ${wanted}`
    const count = (handlers.get(text) ?? 0) + 1
    handlers.set(text, count)
    const name = count === 1 ? text : `${text} ${count}`
    return async (payload, context: MessageContext) => {
      if (!endpoint.isAlive) return never()
      const { header, attempt, transport } = context
      const { key, type, delivery, extensions } = header
      const number = Number(extensions?.[extension] ?? 0)
      const facts = { agent: id, instance, handler: name, store, id: header.id, publish: number }
      const record = recorder.handling({ ...facts, type, key, delivery, attempt, transport })
      try {
        const result = await handler(payload, context)
        if (!endpoint.isAlive) return never()
        recorder.handled(record, 'done')
        return result
      } catch (error) {
        if (!endpoint.isAlive) return never()
        recorder.handled(record, 'failed')
        throw error
      }
    }
  }

  const recordedPublish = async (message: MessageType, payload: unknown, options: PublishOptions = {}) => {
    if (!endpoint.isAlive) return never<never>()
    const { to = message.to, key, delivery = message.delivery } = options
    const { type, repeats } = message
    const facts = { agent: id, instance, type, to, key, delivery, mayRepeat: repeats === 'allowed' }
    const record: PublishRecord = recorder.publishing(facts)
    const extensions = { ...options.extensions, [extension]: String(record.number) }
    try {
      const receipt = await publish(message, payload as never, { ...options, extensions })
      if (!endpoint.isAlive) return never<never>()
      recorder.published(record, receipt)
      return receipt
    } catch (error) {
      if (!endpoint.isAlive) return never<never>()
      recorder.notPublished(record, error)
      throw error
    }
  }

  Object.assign(agent, {
    stop(options?: StopOptions) {
      recorder.leaving(process)
      return stop(options)
    },
    publish: recordedPublish,
    subscribe(message: MessageType, handler?: PatternHandler, options: SubscribeOptions = {}) {
      if (typeof handler !== 'function') return subscribe(message)
      return subscribe(message, recorded(handler, message.type, options), options)
    },
    subscribePattern(pattern: string, handler: PatternHandler, options: SubscribeOptions = {}) {
      return subscribePattern(pattern, recorded(handler, pattern, options), options)
    },
  })
}
