import type { PeerCertificate } from "../transport/peer-certificate.ts";
import type { ClientInfo } from "./access.ts";
import { type Authenticator, allow, PASS, type Verdict } from "./authenticator.ts";
import { identityOf } from "./identity.ts";
import type { CertificateField } from "./options.ts";

const FIELDS: Record<
  Exclude<CertificateField, "psk-identity">,
  (certificate: PeerCertificate) => string | undefined
> = {
  cn: ({ commonName }) => commonName,
  subject: ({ subject }) => subject,
  dns: ({ dnsNames }) => dnsNames[0],
  email: ({ emailAddresses }) => emailAddresses[0],
  uri: ({ uris }) => uris[0],
  fingerprint: ({ fingerprint }) => fingerprint,
};

/** Clients whose certificate, or pre-shared key, was verified when the connection was made. The user name of their CONNECT does not count. */
export class CertificateAuthenticator implements Authenticator {
  readonly name = "certificate";
  readonly #field: CertificateField;

  constructor(field: CertificateField) {
    this.#field = field;
  }

  authenticate(client: ClientInfo): Verdict {
    const username = this.#read(client);
    return username === undefined || username === "" ? PASS : allow(identityOf({ username }));
  }

  #read({ certificate, pskIdentity }: ClientInfo): string | undefined {
    if (this.#field === "psk-identity") return pskIdentity;
    return certificate === undefined ? undefined : FIELDS[this.#field](certificate);
  }
}
