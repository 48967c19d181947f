import type { StandardSchemaV1 } from '../message/index.ts'

/** The dialects of JSON Schema that descriptions are in. */
export type JsonSchemaTarget = 'draft-2020-12' | 'draft-07'

interface WithJsonSchema {
  readonly jsonSchema?: { input(options: { target: JsonSchemaTarget }): unknown }
}

/** The JSON Schema of what is sent, or undefined where the schema library cannot tell it. */
export function jsonSchemaOf(schema: StandardSchemaV1 | undefined, target: JsonSchemaTarget): unknown {
  const standard = schema?.['~standard'] as WithJsonSchema | undefined
  try {
    return standard?.jsonSchema?.input({ target })
  } catch {
    // The library says that this schema has no JSON form (a transform, a date): a description without it is still true.
    return undefined
  }
}
