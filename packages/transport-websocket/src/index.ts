export { websocketCatalogue } from './errors.ts'
export { createHub, type Hub, type HubListenOptions, type HubOptions } from './hub/hub.ts'
export { type WebSocketTlsOptions, type WebSocketTransportOptions, websocket } from './websocket.ts'
