import type { AsyncApiSchema } from './asyncapi.ts'

const text = { type: 'string' } as const
const moment = { type: 'string', format: 'date-time' } as const

/** The header of a message, as the attributes of a CloudEvent in which foreign clients see it. */
export const attributesSchema: AsyncApiSchema = {
  type: 'object',
  description: 'CloudEvents 1.0 attributes. Others are extensions: texts under names of lower-case letters and digits.',
  required: ['specversion', 'id', 'source', 'type', 'time'],
  properties: {
    specversion: { const: '1.0' },
    id: { ...text, description: 'The same on every wire and at every attempt.' },
    source: { ...text, description: 'The sender: an agent, or an agent and its instance with a "/" between.' },
    type: { ...text, description: 'The message type.' },
    time: { ...moment, description: 'When it was published.' },
    datacontenttype: text,
    smversion: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Version of the message type.' },
    smdelivery: { enum: ['at-most-once', 'at-least-once'] },
    smencodings: { ...text, description: 'How the data is encoded besides: names with commas between them.' },
    to: {
      ...text,
      description: 'The receiver: an agent, or one of its instances. Without it: everyone who subscribes.',
    },
    replyto: { ...text, description: 'Where a reply is awaited.' },
    correlationid: { ...text, description: 'The conversation; of a reply, the id of its request.' },
    causationid: { ...text, description: 'The id of the message that this one came from.' },
    expirytime: { ...moment, description: 'When nobody wants it any more.' },
    partitionkey: { ...text, description: 'Messages of one key are handled in order.' },
    traceparent: text,
    tracestate: text,
  },
}
