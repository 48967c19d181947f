import type { LogFields, Logger } from '../kernel/index.ts'
import type { Labels, Metrics, Tracing } from '../telemetry/index.ts'

/** Calls a port. An error of a port harms no message: there is nowhere left to say it. */
function quietly<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** A logger whose faults stay its own. */
export function guardLogger(logger: Logger): Logger {
  const at = (level: keyof Logger) => (fields: LogFields, message: string) => {
    quietly(() => logger[level](fields, message))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A metrics port whose faults stay its own. */
export function guardMetrics(metrics: Metrics): Metrics {
  return {
    count: (name: string, value: number, labels: Labels) => void quietly(() => metrics.count(name, value, labels)),
    record: (name: string, value: number, labels: Labels) => void quietly(() => metrics.record(name, value, labels)),
  }
}

/** A tracing port that cannot keep a message from being sent. What its `run` throws counts as the handler's fault. */
export function guardTracing(tracing: Tracing): Tracing {
  return { current: () => quietly(() => tracing.current()), run: (context, handle) => tracing.run(context, handle) }
}
