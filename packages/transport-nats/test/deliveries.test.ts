import { expect, it } from 'vitest'
import { Deliveries } from './deliveries.ts'

const message = (number: number, attempt: number, sequence: number, place: number) => {
  const headers = 'NATS/1.0\r\nce-type: work.done\r\n\r\n'
  const body = `{"number":${number},"body":"xxx"}`
  const sizes = `${headers.length} ${headers.length + body.length}`
  const receipt = `$JS.ACK.faults.worker=work_done.${attempt}.${sequence}.${place}.1795246427879793387.68`
  return `HMSG faults.js.topic.work.done 7 ${receipt} ${sizes}\r\n${headers}${body}\r\n`
}

/** The verdict on message 5 after its deliveries, which came in pieces of `size` bytes. */
function explanation(size: number, ...deliveries: string[]): string | undefined {
  const seen = new Deliveries()
  const connection = {}
  const bytes = Buffer.from(`PING\r\n${message(4, 1, 8, 8)}${deliveries.join('')}${message(6, 1, 20, 20)}`)
  for (let from = 0; from < bytes.length; from += size) seen.see(connection, bytes.subarray(from, from + size))
  expect(seen.explain(4)).toBeUndefined()
  return seen.explain(5)
}

it.each([1, 7, 100, 10_000])('sees a delivery that the server has not counted, in pieces of %i bytes', size => {
  expect(explanation(size, message(5, 2, 9, 9), message(5, 1, 9, 11))).toMatch(/without counting/)
  // It may come by another connection, and first.
  expect(explanation(size, message(5, 1, 9, 11), message(5, 2, 9, 9))).toMatch(/without counting/)
  expect(explanation(size, message(5, 1, 9, 9), message(5, 1, 9, 11))).toMatch(/without counting/)
})

it.each([1, 7, 100, 10_000])('finds nothing strange in one that was counted, in pieces of %i bytes', size => {
  expect(explanation(size, message(5, 1, 9, 9))).toBeUndefined()
  expect(explanation(size, message(5, 1, 9, 9), message(5, 2, 9, 11))).toBeUndefined()
  // Stored twice by a publish that was repeated.
  expect(explanation(size, message(5, 1, 9, 9), message(5, 1, 10, 11))).toBeUndefined()
})
