import { writeFileSync } from 'node:fs'
import type { GrowthCommand } from './command-line.ts'
import { growthFile } from './growth/growth-file.ts'
import { type GrowthResult, measureGrowth, type Traffic } from './growth/measure-growth.ts'

/** The largest fleet of which all hear the others: what a larger one says to itself takes a process too long. */
const maxHearing = 100

/** Has fleets come up, each ten times as large as the one before, and shows what presence costs each agent. */
export async function runGrowth({ most, hearing, json }: GrowthCommand, print: (text: string) => void): Promise<void> {
  const results: GrowthResult[] = []
  for (let instances = Math.min(10, most); ; instances = Math.min(instances * 10, most)) {
    const result = await measureGrowth({ instances, hearing: instances > maxHearing ? hearing : instances })
    results.push(result)
    print(resultText(result))
    if (instances === most) break
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(growthFile(results), undefined, 2)}\n`)
}

const number = (count: number) =>
  count.toLocaleString('en', count < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })

function trafficText({ sentWords, sentBytes, receivedWords, receivedBytes }: Traffic): string {
  return `sends ${number(sentWords)} words of ${number(sentBytes)} bytes, and gets ${number(receivedWords)} of ${number(receivedBytes)}`
}

function resultText({ instances, hearing, comingUp, idle, newcomer, heapBytesPerKnown }: GrowthResult): string {
  const sample = hearing < instances ? ` (${hearing} of them whole, the rest only speak)` : ''
  return [
    `${number(instances)} agents${sample}, of each:`,
    `  coming up   ${trafficText(comingUp)}; ${number(comingUp.cpuMs)} ms of the processor; all know each other after ${number(comingUp.allKnownMs)} ms`,
    `  at rest     ${trafficText(idle)} in a second; ${number(idle.cpuMs)} ms of the processor`,
    `  one more    gets ${number(newcomer.receivedWords)} words of ${number(newcomer.receivedBytes)} bytes, and knows all after ${number(newcomer.allKnownMs)} ms`,
    `  memory      ${number(heapBytesPerKnown)} bytes of heap for each that it knows`,
  ].join('\n')
}
