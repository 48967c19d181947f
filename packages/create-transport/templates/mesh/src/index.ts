export { templateMeshCatalogue } from './errors.ts'
export { type TemplateMeshTransportOptions, templateMesh } from './template-mesh.ts'
