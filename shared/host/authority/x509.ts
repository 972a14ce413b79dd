/**
 * The certificates of the lab: X.509 version 3 in the profile of RFC 5280, with keys on the curve P-256. The structures and
 * their encoding are those of @peculiar/asn1-x509; keys and signatures are Node's. Loaded only where a certificate must be
 * made, which is at the first start of a host and not again.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate and the private key to it, both as PEM (RFC 7468). */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** Years that a certificate of the authority, and of a host, is valid: the lab's clock may be moved far ahead. */
const AUTHORITY_YEARS = 30;
const HOST_YEARS = 25;
/** A machine whose clock is behind by less than this takes a new certificate, in milliseconds. */
const CLOCK_BEHIND_MS = 24 * 3600 * 1000;
/** Octets of a serial number: at most 20, of which 64 bits are to be random (RFC 5280, section 4.1.2.2). */
const SERIAL_OCTETS = 16;
/** Octets of a key identifier (RFC 7093, section 2: the leftmost 160 bits of SHA-256). */
const KEY_IDENTIFIER_OCTETS = 20;
/** Longest common name (RFC 5280, appendix A.1: ub-common-name). */
const COMMON_NAME_LENGTH_MAX = 64;

const ORGANIZATION = 'Topdown';
const ORGANIZATION_NAME = '2.5.4.10';
const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/**
 * What the authority may certify among addresses: those that no host of the Internet has (RFC 1918, and loopback). Names
 * are not limited: see docs/decisions/0012-the-labs-own-certificate-authority.md.
 */
const PERMITTED_ADDRESSES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8'];

/** A new authority, whose certificate it signs itself. */
export function makeAuthority(now: number): KeyAndCertificate {
  const { publicKey, privateKey } = newKeys();
  const subject = nameOf('Topdown lab CA');
  return certificateOf({
    subject,
    issuer: subject,
    validity: validFor(AUTHORITY_YEARS, now),
    publicKey,
    privateKey,
    signer: privateKey,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_nameConstraints, true, new NameConstraints({ permittedSubtrees: permittedSubtrees() })),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(publicKey))),
    ],
  });
}

/** A key and a certificate for a server with these DNS names and IPv4 addresses, the first of them its common name. */
export function issue(
  authority: { readonly key: KeyObject; readonly certificate: X509Certificate },
  names: readonly string[],
  now: number,
): KeyAndCertificate {
  const { publicKey, privateKey } = newKeys();
  const issuer = AsnConvert.parse(authority.certificate.raw, Certificate).tbsCertificate.subject;
  const authorityKey = new KeyIdentifier(keyIdentifier(authority.certificate.publicKey));
  return certificateOf({
    subject: nameOf((names[0] ?? '').slice(0, COMMON_NAME_LENGTH_MAX)),
    issuer,
    validity: validFor(HOST_YEARS, now),
    publicKey,
    privateKey,
    signer: authority.key,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names.map(generalName))),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(publicKey))),
      extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: authorityKey })),
    ],
  });
}

interface CertificateParts {
  readonly subject: Name;
  readonly issuer: Name;
  readonly validity: Validity;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** The key that signs: the authority's. */
  readonly signer: KeyObject;
  readonly extensions: readonly Extension[];
}

function certificateOf(parts: CertificateParts): KeyAndCertificate {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerialNumber(),
    signature: algorithm,
    issuer: parts.issuer,
    validity: parts.validity,
    subject: parts.subject,
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(parts.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([...parts.extensions]),
  });
  const signed = Buffer.from(AsnConvert.serialize(tbsCertificate));
  const signatureValue = arrayBufferOf(sign('sha256', signed, parts.signer));
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue });
  return {
    key: parts.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificate: new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString(),
  };
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function nameOf(commonName: string): Name {
  const attribute = (type: string, value: string) =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: value }) }),
    ]);
  return new Name([attribute(ORGANIZATION_NAME, ORGANIZATION), attribute(COMMON_NAME, commonName)]);
}

function generalName(name: string): GeneralName {
  return new GeneralName(isIPv4(name) ? { iPAddress: name } : { dNSName: name });
}

function permittedSubtrees(): GeneralSubtrees {
  return new GeneralSubtrees(
    PERMITTED_ADDRESSES.map((range) => new GeneralSubtree({ base: new GeneralName({ iPAddress: range }) })),
  );
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function validFor(years: number, now: number): Validity {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return new Validity({ notBefore: new Date(now - CLOCK_BEHIND_MS), notAfter });
}

/** Random, positive, and with no needless zero in front. */
function newSerialNumber(): ArrayBuffer {
  const octets = randomBytes(SERIAL_OCTETS);
  octets[0] = (octets[0]! & 0x3f) | 0x40;
  return arrayBufferOf(octets);
}

/** RFC 7093, section 2, method 1: of the public key alone, without its algorithm. */
function keyIdentifier(publicKey: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = AsnConvert.parse(spkiOf(publicKey), SubjectPublicKeyInfo);
  const digest = createHash('sha256').update(new Uint8Array(subjectPublicKey)).digest();
  return arrayBufferOf(digest.subarray(0, KEY_IDENTIFIER_OCTETS));
}

function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function arrayBufferOf(octets: Uint8Array): ArrayBuffer {
  return Uint8Array.from(octets).buffer;
}
