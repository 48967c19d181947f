import type { Transport, TransportReceipt } from '../contract/index.ts'
import { isSmError, smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Address, Frame } from '../message/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import type { PublishReports } from './publish-reports.ts'
import { PublishScope, type PublishTimes } from './publish-scope.ts'
import { partly } from './route-failure.ts'
import type { Sending } from './sending.ts'

/** What is known of a publish: of its receivers, and of its copies if there are any. */
export interface SentReceipt extends TransportReceipt {
  readonly archived?: readonly string[]
}

/** Gives copies of what an agent publishes to transports that only publish, beside what receivers get. */
export class Copies {
  readonly #settings: AgentSettings
  readonly #times: PublishTimes
  readonly #reports: PublishReports
  /** Copies that are under way and that no publish waits for. */
  #underWay = 0

  constructor(settings: AgentSettings, times: PublishTimes, reports: PublishReports) {
    this.#settings = settings
    this.#times = times
    this.#reports = reports
  }

  /** `receipt` is what receivers made of it, or will: its failure is that of the publish, whatever becomes of the copies. */
  send(
    transports: readonly Transport[],
    frame: Frame,
    address: Address,
    sending: Sending,
    receipt: MaybePromise<TransportReceipt>,
  ): MaybePromise<SentReceipt> {
    if (this.#settings.requiresCopies) return required(transports, frame, address, sending, receipt)
    const archived: string[] = []
    for (const transport of transports) this.#copy(transport, frame, address, archived)
    if (!isPromise(receipt)) return { ...receipt, archived: [...archived] }
    return receipt.then(settled => ({ ...settled, archived: [...archived] }))
  }

  /** The copy has a time of its own: the publish may be over before it. */
  #copy(transport: Transport, frame: Frame, address: Address, archived: string[]): void {
    const { maxPublishes } = this.#settings
    const { name } = transport
    const failed = (error: unknown) => this.#reports.copyFailed(frame, name, error)
    if (this.#underWay >= maxPublishes) {
      failed(smError('SM_PUBLISH_LIMIT', `${maxPublishes} copies wait already`))
      return
    }
    const scope = new PublishScope(this.#times, frame.header.type, {})
    this.#underWay += 1
    const end = () => {
      this.#underWay -= 1
      scope.end()
    }
    try {
      const taken = transport.publish(frame, address, scope)
      if (isPromise(taken)) {
        taken.then(() => void archived.push(name), failed).finally(end)
        return
      }
      archived.push(name)
    } catch (error) {
      failed(error)
    }
    end()
  }
}

/** The publish is done when receivers and copies are. One that fails keeps no other from its own. */
async function required(
  transports: readonly Transport[],
  frame: Frame,
  address: Address,
  sending: Sending,
  receipt: MaybePromise<TransportReceipt>,
): Promise<SentReceipt> {
  const copying = transports.map(async transport => transport.publish(frame, address, sending))
  const [received, ...copies] = await Promise.allSettled([receipt, ...copying])
  if (received.status === 'rejected') throw received.reason
  const archived = transports.filter((_, i) => copies[i]?.status === 'fulfilled').map(({ name }) => name)
  const failure = copies.find(copy => copy.status === 'rejected')
  if (!failure) return { ...received.value, archived }
  const taken = [...sending.transports, ...archived]
  const { reason } = failure
  // Who gives up is told so by their own reason.
  const isGivenUp = sending.hasEnded && !isSmError(reason)
  throw taken.length === 0 || isGivenUp ? reason : partly(reason, taken)
}
