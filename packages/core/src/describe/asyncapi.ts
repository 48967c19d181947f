/** A reference within the document. */
export interface AsyncApiRef {
  readonly $ref: string
}

/** JSON Schema, draft 07. */
export type AsyncApiSchema = Readonly<Record<string, unknown>>

export interface AsyncApiTag {
  readonly name: string
}

export interface AsyncApiMessage {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly contentType: string
  readonly headers: AsyncApiSchema
  readonly payload: AsyncApiSchema
  readonly correlationId: { readonly location: string }
  readonly tags: readonly AsyncApiTag[]
}

export interface AsyncApiChannel {
  /** The message type; null for replies, which go where the request says. */
  readonly address: string | null
  readonly description?: string
  readonly messages: Readonly<Record<string, AsyncApiRef>>
}

export interface AsyncApiReply {
  readonly address: { readonly location: string }
  readonly channel: AsyncApiRef
  readonly messages: readonly AsyncApiRef[]
}

export interface AsyncApiOperation {
  /** The role of the agent: it sends, or it receives. */
  readonly action: 'send' | 'receive'
  readonly channel: AsyncApiRef
  readonly messages: readonly AsyncApiRef[]
  readonly tags: readonly AsyncApiTag[]
  readonly reply?: AsyncApiReply
}

/** An AsyncAPI 3 document, as far as `describeAgent` makes use of the format. Plain data: write it as JSON. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly defaultContentType: 'application/json'
  readonly channels: Readonly<Record<string, AsyncApiChannel>>
  readonly operations: Readonly<Record<string, AsyncApiOperation>>
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>
    readonly schemas: Readonly<Record<string, AsyncApiSchema>>
  }
}
