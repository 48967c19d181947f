/** Labels of a measurement: few values each, never ids. */
export type Labels = Readonly<Record<string, string>>

/** Where measurements go. An adapter maps it to OpenTelemetry, Prometheus or StatsD. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: string, value: number, labels: Labels): void
  /** Records one value of a distribution (durations in milliseconds). */
  record(name: string, value: number, labels: Labels): void
}

const ignore = () => {}

/** Measures nothing. */
export const silentMetrics: Metrics = { count: ignore, record: ignore }
