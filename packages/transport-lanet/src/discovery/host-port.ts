import { isIPv6 } from 'node:net'

/** Where to dial. The host is a name, an IPv4 address, or an IPv6 address without brackets. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]{1,15})?)\]|([A-Za-z0-9](?:[\w.-]{0,252}))):(\d{1,5})$/

/** Reads `host:port`, or `[address]:port` for IPv6; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, six, name, digits] = HOST_PORT.exec(text) ?? []
  const port = Number(digits)
  if (!(port >= 1 && port <= 65_535)) return undefined
  if (six !== undefined) return isIPv6(six) ? { host: six, port } : undefined
  return name === undefined ? undefined : { host: name, port }
}

/** The text that {@link parseHostPort} reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
