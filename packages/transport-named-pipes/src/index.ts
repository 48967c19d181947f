export { pipesCatalogue } from './errors.ts'
export { type NamedPipesTransportOptions, namedPipes } from './named-pipes.ts'
