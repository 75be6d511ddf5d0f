import type { X509Certificate } from "node:crypto";

/**
 * Those of some certificates that lead from one towards its authority, in this order. The authority's own is not among them: clients have it, or do
 * not trust it.
 */
export function issuersOf(certificate: X509Certificate, among: readonly X509Certificate[]): X509Certificate[] {
  const issuers: X509Certificate[] = [];
  for (let last = certificate; ; ) {
    const issuer = among.find((each) => !issuers.includes(each) && isIssuer(each, last));
    if (issuer === undefined || isIssuer(issuer, issuer)) return issuers;
    issuers.push(issuer);
    last = issuer;
  }
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
