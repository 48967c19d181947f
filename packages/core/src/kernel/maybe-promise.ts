/** A value, or a promise of it. Hot paths stay synchronous while nothing has to be waited for. */
export type MaybePromise<T> = T | Promise<T>

/** True for what has to be awaited. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<T>).then === 'function'
}
