/** A URL for people to read: without user, password, query and fragment, where secrets may stand. */
export function safeUrl(url: string | URL): string {
  const parsed = URL.parse(String(url))
  return parsed ? `${parsed.protocol}//${parsed.host}` : 'an address that is no URL'
}
