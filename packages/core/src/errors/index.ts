export { type CoreErrorCode, coreCatalogue, smError } from './catalogue.ts'
export {
  type Catalogue,
  type CatalogueEntry,
  defineErrors,
  describeThrown,
  fromWireError,
  isSmError,
  SmError,
  type SmErrorOptions,
  toWireError,
  type WireError,
} from './sm-error.ts'
