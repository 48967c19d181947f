/** Space, double quote, percent, and everything outside of U+0021 … U+007E. */
const ESCAPED = /[^!#$&-~]+/gu
const PLAIN = /^[!#$&-~]*$/

/** Text as the value of a header, by the rule of the CloudEvents bindings of HTTP and NATS. */
export function percentEncode(text: string): string {
  // Of the characters that the pattern finds, encodeURIComponent leaves none as it is.
  return PLAIN.test(text) ? text : text.replace(ESCAPED, encodeURIComponent)
}

/**
 * The text of a header value. Lenient as the specification asks: a quoted string is unquoted, what needed no encoding
 * may be encoded, and a percent sign that encodes nothing stands for itself. Throws a URIError for bytes that are not UTF-8.
 */
export function percentDecode(value: string): string {
  const text = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? unquote(value) : value
  return text.includes('%') ? text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent) : text
}

function unquote(value: string): string {
  return value.slice(1, -1).replace(/\\(.)/gs, '$1')
}
