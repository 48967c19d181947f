/** W3C trace context as a message carries it. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string | undefined
}

/** Ties messages to the traces of the application. An adapter maps it to OpenTelemetry. */
export interface Tracing {
  /** The context to send with a message that is published now, if a trace is active. */
  current(): TraceContext | undefined
  /** Runs `handle` so that what it does belongs to the trace that the message came with. */
  run<T>(context: TraceContext | undefined, handle: () => T): T
}

/** Follows no trace; a context that a message brings is still passed on to the messages it causes. */
export const silentTracing: Tracing = { current: () => undefined, run: (_context, handle) => handle() }
