import type { X509Certificate } from "node:crypto";

/** What a peer's certificate says, once it was verified against the listener's certificate authorities. */
export interface PeerCertificate {
  /** CN of the subject; undefined where there is none, or several. */
  readonly commonName: string | undefined;
  /** The subject, one attribute after the other: `C=DE, O=Works, CN=sensor-1`. */
  readonly subject: string;
  /** The issuer, written alike. */
  readonly issuer: string;
  /** Subject Alternative Names, by kind. */
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Hexadecimal, upper case. */
  readonly serialNumber: string;
  /** SHA-256 of the whole certificate, hexadecimal, lower case, without colons. */
  readonly fingerprint: string;
  readonly validTo: Date;
}

/** One name of `subjectAltName` as Node.js writes it: those with odd characters stand in quotes, as in JSON. */
const ALTERNATIVE_NAME = /([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

export function toPeerCertificate(certificate: X509Certificate): PeerCertificate {
  const names = alternativeNames(certificate);
  const named = (kind: string) => names.filter(([each]) => each === kind).map(([, name]) => name);
  const { CN } = certificate.toLegacyObject().subject;
  return {
    commonName: typeof CN === "string" ? CN : undefined,
    subject: certificate.subject.replaceAll("\n", ", "),
    issuer: certificate.issuer.replaceAll("\n", ", "),
    dnsNames: named("DNS"),
    emailAddresses: named("email"),
    uris: named("URI"),
    ipAddresses: named("IP Address"),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    validTo: new Date(certificate.validTo),
  };
}

/** The Subject Alternative Names of a certificate, each with its kind: `DNS`, `IP Address`, `email`, `URI` and others. */
export function alternativeNames({ subjectAltName }: X509Certificate): [kind: string, name: string][] {
  const found = (subjectAltName ?? "").matchAll(ALTERNATIVE_NAME);
  return Array.from(found, ([, kind = "", name = ""]) => [kind, name.startsWith('"') ? JSON.parse(name) : name]);
}
