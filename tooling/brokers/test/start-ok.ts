const short = (text: string) => String.fromCharCode(text.length) + text

function long(text: string): string {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(text.length)
  return size.toString('latin1') + text
}

/** AMQP's Connection.StartOk with PLAIN, from a client that wants to be told when it is refused. */
export function startOk(user: string, password: string): string {
  const capabilities = `${short('authentication_failure_close')}t\x01`
  const properties = `${short('capabilities')}F${long(capabilities)}`
  const method = `\0\x0a\0\x0b${long(properties)}${short('PLAIN')}${long(`\0${user}\0${password}`)}${short('en_US')}`
  return `\x01\0\0${long(method)}\xce`
}
