import { capabilitiesPage } from './capabilities.ts'
import { errorsPage } from './catalogues.ts'
import { environmentPage } from './environment.ts'
import { optionsPage } from './options.ts'
import type { Page } from './page.ts'
import { rulesPage } from './rules.ts'

/** Every page that is made from the sources. */
export async function generatedPages(): Promise<readonly Page[]> {
  return [await errorsPage(), await capabilitiesPage(), environmentPage(), optionsPage(), rulesPage()]
}
