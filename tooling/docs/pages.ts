import { apiPages } from './api.ts'
import { capabilitiesPage } from './capabilities.ts'
import { errorsPage } from './catalogues.ts'
import { chooseTransportPage } from './choose-a-transport.ts'
import { environmentPage } from './environment.ts'
import { failoverPage } from './failover-matrix.ts'
import { growthPage } from './growth.ts'
import { optionsPage } from './options.ts'
import type { Page } from './page.ts'
import { rulesPage } from './rules.ts'
import { scorecardPage } from './scorecard.ts'

/** Every page that is made from the sources. */
export async function generatedPages(): Promise<readonly Page[]> {
  const reference = [await errorsPage(), await capabilitiesPage(), environmentPage(), optionsPage(), rulesPage()]
  return [...reference, scorecardPage(), failoverPage(), growthPage(), chooseTransportPage(), ...(await apiPages())]
}
