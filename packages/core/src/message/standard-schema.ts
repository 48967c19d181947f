/**
 * A Standard Schema (https://standardschema.dev), version 1: what zod, valibot, arktype and others give. Written down here, as
 * its specification invites to, so that the types of a package that defines messages name nothing but `@sm/core`.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchemaProps<Input, Output>
}

/** The facts that a schema gives of itself. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1
  /** Name of the library that made it. */
  readonly vendor: string
  /** Returns the output for a value, or the issues with it. */
  readonly validate: (
    value: unknown,
    options?: StandardSchemaOptions | undefined,
  ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>
  /** For types alone: there is no value. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** Options that libraries of schemas may take besides the value. */
export interface StandardSchemaOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined
}

/** The output of a schema for a value, or the issues with it. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] }

/** An issue that a schema has with a value. */
export interface StandardSchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The input of a schema. */
export type SchemaInput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['input']

/** The output of a schema. */
export type SchemaOutput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['output']
