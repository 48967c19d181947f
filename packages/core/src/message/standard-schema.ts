/**
 * A Standard Schema (https://standardschema.dev), version 1: what zod, valibot, arktype and others give. Written down here, as
 * its specification invites to, so that the types of a package that defines messages name nothing but `@sm/core`.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchemaV1.Props<Input, Output>
}

export declare namespace StandardSchemaV1 {
  /** What a schema tells of itself. */
  interface Props<Input = unknown, Output = Input> {
    readonly version: 1
    /** Name of the library that made it. */
    readonly vendor: string
    /** What it makes of a value, or what is wrong with it. */
    readonly validate: (value: unknown, options?: Options | undefined) => Result<Output> | Promise<Result<Output>>
    /** For types alone: there is no value. */
    readonly types?: Types<Input, Output> | undefined
  }

  /** What libraries may be told besides the value. */
  interface Options {
    readonly libraryOptions?: Record<string, unknown> | undefined
  }

  type Result<Output> = SuccessResult<Output> | FailureResult

  interface SuccessResult<Output> {
    readonly value: Output
    readonly issues?: undefined
  }

  interface FailureResult {
    readonly issues: readonly Issue[]
  }

  /** One thing that is wrong. */
  interface Issue {
    readonly message: string
    readonly path?: readonly (PropertyKey | PathSegment)[] | undefined
  }

  interface PathSegment {
    readonly key: PropertyKey
  }

  interface Types<Input = unknown, Output = Input> {
    readonly input: Input
    readonly output: Output
  }

  /** What a schema takes. */
  type InferInput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['input']

  /** What a schema makes. */
  type InferOutput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['output']
}
