/**
 * Reads an AsyncAPI document from its input with the parser of AsyncAPI, and prints as JSON what that has against it and
 * makes of it. A process of its own: under the resolution that tests have, the parser loads a build that lacks an export.
 */
import { text } from 'node:stream/consumers'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(await text(process.stdin))

/** Errors and warnings. */
const faults = diagnostics
  .filter(({ severity }) => severity <= 1)
  .map(({ code, message, path }) => `${code} ${message} ${path.join('.')}`)

const operations = document
  ?.operations()
  .all()
  .map(operation => ({
    id: operation.id(),
    action: operation.action(),
    address: operation.channels().all()[0]?.address(),
    replyAddress: operation.reply()?.address()?.location(),
    replyPayload: operation.reply()?.messages().all()[0]?.payload()?.json(),
  }))

const messages = document
  ?.messages()
  .all()
  .map(message => ({
    id: message.id(),
    contentType: message.contentType(),
    payload: message.payload()?.json(),
    tags: message
      .tags()
      .all()
      .map(tag => tag.name()),
    correlationId: message.correlationId()?.location(),
  }))

process.stdout.write(JSON.stringify({ faults, operations, messages }))
