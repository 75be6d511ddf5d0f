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
