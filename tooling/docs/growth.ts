import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GrowthFile } from '../../packages/simulation/src/growth/growth-file.ts'
import { type GrowthResult, startsPerSecond } from '../../packages/simulation/src/growth/measure-growth.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

const data = 'docs/data/growth.json'

/** The figures that were kept. */
export function keptGrowth(base: string = root): GrowthFile {
  return JSON.parse(readFileSync(join(base, data), 'utf8'))
}

const number = (count: number) =>
  count.toLocaleString('en', count < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })

function sizeOf({ instances, hearing }: GrowthResult): string {
  return hearing < instances ? `${number(instances)} (${number(hearing)})` : number(instances)
}

function idleRow(result: GrowthResult): readonly string[] {
  const { sentWords, sentBytes, receivedWords, receivedBytes, cpuMs } = result.idle
  return [sizeOf(result), ...[sentWords, sentBytes, receivedWords, receivedBytes, cpuMs].map(number)]
}

function upRow(result: GrowthResult): readonly string[] {
  const { sentWords, sentBytes, receivedWords, receivedBytes, cpuMs, allKnownMs } = result.comingUp
  return [sizeOf(result), ...[sentWords, sentBytes, receivedWords, receivedBytes, cpuMs, allKnownMs].map(number)]
}

function newcomerRow(result: GrowthResult): readonly string[] {
  const { receivedWords, receivedBytes, allKnownMs } = result.newcomer
  return [sizeOf(result), ...[receivedWords, receivedBytes, allKnownMs, result.heapBytesPerKnown].map(number)]
}

/** The reference page of what it costs an agent to know who is there, by the size of its fleet. */
export function growthPage({ conditions, results }: GrowthFile = keptGrowth()): Page {
  const most = Math.max(...results.map(({ instances }) => instances))
  const command = `pnpm simulate --growth ${most} --json ${data} && pnpm run docs`
  const { date, node, processor } = conditions
  const traffic = ['words sent', 'bytes sent', 'words received', 'bytes received']
  return page(
    'docs/reference/growth.md',
    'What presence costs in a growing fleet',
    `Agents with three handlers each come up on one simulated broker, ${startsPerSecond} a second, and say nothing but that they are there. This is made from ${code(data)}, which ${code(command)} writes anew: ${date}, Node ${node}, ${processor}. Figures are of one agent. Milliseconds of the processor have the work of the simulated broker in them; other times are those of the run, in which each message takes 5 ms.`,
    'A number in brackets says how many agents of the fleet were whole. The others only speak: what one of them says was made by an agent of its own, and is repeated as often as the size of the fleet asks for; a question that one of them would answer is answered by one that is whole, and their own count as answered, so that what is sent has no answers to them in it. To make them and to speak for them takes memory and processor, too, which is counted with the whole ones.',
    '## At rest',
    'In a second in which nobody comes or goes:',
    table(['agents', ...traffic, 'processor, ms'], results.map(idleRow)),
    '## Coming up',
    'From the start of the first agent until all know each other. Words of presence that an agent sends to all come to it, too.',
    table(['agents', ...traffic, 'processor, ms', 'all known, ms'], results.map(upRow)),
    '## One more',
    'What an agent gets that comes when the others rest, and when it knows them all. The heap is that of all agents by all that they know, so that in small fleets it is mostly what an agent needs besides.',
    table(
      ['agents', 'words received', 'bytes received', 'all known, ms', 'heap, bytes for each known'],
      results.map(newcomerRow),
    ),
  )
}
