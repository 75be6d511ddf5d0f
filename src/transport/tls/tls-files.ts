import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { CertificateOptions } from "../../config/listener-options.ts";
import { TernmqError } from "../../errors.ts";
import { issuersOf } from "./issuers.ts";

const CERTIFICATES = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const READ_REMEDIES: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a directory",
};

/** A certificate and its key, found to belong together. */
export interface LoadedCertificate {
  /** In PEM format, with those that lead to its authority. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly passphrase: string | undefined;
  readonly leaf: X509Certificate;
}

/** A file for TLS, or the options about it, cannot be used; the message names the file and says what to do. */
export class TlsError extends TernmqError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_TLS", message, options);
  }
}

/** @param what as in "certificate" @throws {TlsError} */
export function readTlsFile(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new TlsError(`cannot read the ${what} file ${path}: ${(code && READ_REMEDIES[code]) ?? message}`, { cause });
  }
}

/** All certificates of a PEM file, at least one. @throws {TlsError} */
export function readCertificates(what: string, path: string, bytes: Buffer): X509Certificate[] {
  const blocks = bytes.toString("latin1").match(CERTIFICATES) ?? [];
  if (blocks.length === 0) {
    throw new TlsError(`the ${what} file ${path} holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)`);
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new TlsError(`certificate ${index + 1} in the ${what} file ${path} is damaged`, { cause });
    }
  });
}

/** @throws {TlsError} */
export function loadCertificate({ certificate, key, passphrase, chain }: CertificateOptions): LoadedCertificate {
  const bytes = readTlsFile("certificate", certificate);
  const keyBytes = readTlsFile("key", key);
  const [leaf, ...behind] = readCertificates("certificate", certificate, bytes);
  const privateKey = readKey(key, keyBytes, passphrase);
  if (leaf === undefined || !leaf.checkPrivateKey(privateKey)) {
    throw new TlsError(
      `the key file ${key} does not belong to the certificate file ${certificate}: give the key with which the ` +
        "certificate was requested, and put the broker's own certificate first in its file",
    );
  }
  const issuers = chain === undefined ? [] : readIssuers(chain, behind.at(-1) ?? leaf);
  return { certificate: Buffer.concat([bytes, ...issuers]), key: keyBytes, passphrase, leaf };
}

function readIssuers(path: string, last: X509Certificate): Buffer[] {
  const among = readCertificates("chain", path, readTlsFile("chain", path));
  return issuersOf(last, among).map((issuer) => Buffer.from(`\n${issuer.toString()}`));
}

function readKey(path: string, key: Buffer, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? { key } : { key, passphrase });
  } catch (cause) {
    const isEncrypted = /ENCRYPTED/.test(key.toString("latin1"));
    if (isEncrypted && passphrase === undefined) {
      throw new TlsError(`the key file ${path} is encrypted: give its passphrase`, { cause });
    }
    if (isEncrypted) throw new TlsError(`the passphrase does not open the key file ${path}`, { cause });
    throw new TlsError(`the key file ${path} holds no private key in PEM format (-----BEGIN PRIVATE KEY-----)`, {
      cause,
    });
  }
}

/** What is odd about the time for which a certificate is valid; undefined: nothing. */
export function validityWarning(
  path: string,
  { validFrom, validTo }: X509Certificate,
  now: number,
): string | undefined {
  if (Date.parse(validTo) < now) return `the certificate ${path} has expired on ${validTo}: clients will refuse it`;
  if (Date.parse(validFrom) > now)
    return `the certificate ${path} is not valid before ${validFrom}: clients will refuse it`;
  return undefined;
}
