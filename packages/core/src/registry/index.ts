export { chooseTransports, type TransportsConfig } from './choose-transports.ts'
export { contractMismatch, requireCompatible } from './compatibility.ts'
export { defineTransport } from './define-transport.ts'
export { registeredTransports, registerTransport, transportForScheme, transportNamed } from './registry.ts'
