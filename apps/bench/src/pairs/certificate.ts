import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** The tags of DER that a certificate needs. */
const tags = { integer: 0x02, bits: 0x03, oid: 0x06, text: 0x0c, utcTime: 0x17, sequence: 0x30, set: 0x31 } as const

function der(tag: keyof typeof tags, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const head = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tags[tag], ...head]), content])
}

const commonName = Buffer.from([0x55, 0x04, 0x03])
const ecdsaWithSha256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])
const dayMs = 86_400_000

/** As `YYMMDDhhmmssZ`. */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '')
  return der('utcTime', Buffer.from(`${digits.slice(2, 14)}Z`))
}

/**
 * A key of P-256 and a certificate (X.509 version 1) that it has signed itself, good for a day, in PEM. Node can read
 * certificates and not make them, and a key that lies in the repository is a bad habit.
 */
export function createCertificate(now = Date.now()): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = der('sequence', der('oid', ecdsaWithSha256))
  const name = der(
    'sequence',
    der('set', der('sequence', der('oid', commonName), der('text', Buffer.from('sm-bench')))),
  )
  const serial = der('integer', Buffer.concat([Buffer.from([1]), randomBytes(8)]))
  const validity = der('sequence', utcTime(now - dayMs), utcTime(now + dayMs))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = der('sequence', serial, algorithm, name, validity, name, spki)
  const signature = der('bits', Buffer.from([0]), sign('sha256', body, privateKey))
  const certificate = der('sequence', body, algorithm, signature)
  const base64 = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')
  const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${pem}`
}
