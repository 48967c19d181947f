export { type TemplateBrokeredTransportOptions, templateBrokered } from './template-brokered.ts'
