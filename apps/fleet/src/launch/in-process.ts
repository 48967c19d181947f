import { join } from '../member.ts'
import type { Launch } from './launch.ts'

/** Every member in this process. */
export const launchInProcess: Launch = (order, report) => join(order, report)
