/**
 * A Standard Schema (https://standardschema.dev), version 1: what zod, valibot, arktype and others give. Written down here, as
 * its specification invites to, so that the types of a package that defines messages name nothing but `@sm/core`.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchemaProps<Input, Output>
}

/** What a schema tells of itself. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1
  /** Name of the library that made it. */
  readonly vendor: string
  /** What it makes of a value, or what is wrong with it. */
  readonly validate: (
    value: unknown,
    options?: StandardSchemaOptions | undefined,
  ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>
  /** For types alone: there is no value. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** What libraries of schemas may be told besides the value. */
export interface StandardSchemaOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined
}

/** What a schema makes of a value, or what is wrong with it. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] }

/** One thing that a schema has against a value. */
export interface StandardSchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema takes. */
export type SchemaInput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['input']

/** What a schema makes. */
export type SchemaOutput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['output']
