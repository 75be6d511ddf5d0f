import { constants } from "node:crypto";
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type SecureContextOptions } from "node:tls";
import type { HostCertificateOptions, TlsOptions } from "../../config/listener-options.ts";
import { alternativeNames } from "../peer-certificate.ts";
import { readPskFile } from "./psk-file.ts";
import {
  type LoadedCertificate,
  loadCertificate,
  readCertificates,
  readTlsFile,
  TlsError,
  validityWarning,
} from "./tls-files.ts";

/** Of those that OpenSSL has for pre-shared keys with TLS 1.2, the ones that are safe, best first. */
const PSK_CIPHERS = [
  "ECDHE-PSK-CHACHA20-POLY1305",
  "DHE-PSK-AES256-GCM-SHA384",
  "DHE-PSK-AES128-GCM-SHA256",
  "PSK-CHACHA20-POLY1305",
  "PSK-AES256-GCM-SHA384",
  "PSK-AES128-GCM-SHA256",
  "ECDHE-PSK-AES256-CBC-SHA384",
  "ECDHE-PSK-AES128-CBC-SHA256",
].join(":");

/** The options of a TLS listener with all their files read and checked. */
export interface TlsSetup {
  /** For clients that ask for none of the hosts of `hosts`. */
  readonly context: SecureContextOptions;
  readonly clientCertificate: "none" | "optional" | "required";
  /** By host name in lower case; `*.example.com` for one more level. */
  readonly hosts: ReadonlyMap<string, SecureContext>;
  /** Keys by identity. */
  readonly preSharedKeys: ReadonlyMap<string, Buffer> | undefined;
  readonly pskHint: string | undefined;
  /** What an operator should hear of. */
  readonly warnings: readonly string[];
}

/** @throws {TlsError} for files and options that cannot be used */
export function loadTls(options: TlsOptions, now = Date.now()): TlsSetup {
  const { clientCertificate = "none", certificates = [], pskFile, pskHint } = options;
  const own = ownCertificate(options);
  const common = commonContext(options, own !== undefined);
  const others = certificates.map((each) => ({ options: each, loaded: loadCertificate(each) }));
  const context = { ...common, ...(own && contextOf(own)) };
  checkContext(context);
  const warnings = [
    ...(own ? [validityWarning(options.certificate ?? "", own.leaf, now)] : []),
    ...others.map((each) => validityWarning(each.options.certificate, each.loaded.leaf, now)),
  ];
  return {
    context,
    clientCertificate,
    hosts: hostContexts(common, others),
    preSharedKeys: pskFile === undefined ? undefined : readPskFile(pskFile),
    pskHint,
    warnings: warnings.filter((warning) => warning !== undefined),
  };
}

/** The context for a host name that a client asks for; undefined: the usual one. */
export function contextFor({ hosts }: TlsSetup, host: string): SecureContext | undefined {
  const name = host.toLowerCase();
  return hosts.get(name) ?? hosts.get(name.replace(/^[^.]+/, "*"));
}

function ownCertificate({
  certificate,
  key,
  passphrase,
  chain,
  pskFile,
  certificates,
}: TlsOptions): LoadedCertificate | undefined {
  if (certificate === undefined && key === undefined) {
    if (pskFile !== undefined && certificates === undefined) return undefined;
    throw new TlsError("TLS needs a certificate and its key: give the files of both");
  }
  if (certificate === undefined) throw new TlsError(`the key file ${key} needs the certificate that belongs to it`);
  if (key === undefined) throw new TlsError(`the certificate file ${certificate} needs the key that belongs to it`);
  const protection = passphrase === undefined ? {} : { passphrase };
  return loadCertificate({ certificate, key, ...protection, ...(chain !== undefined && { chain }) });
}

/** What holds for every host. */
function commonContext(options: TlsOptions, hasCertificate: boolean): SecureContextOptions {
  const { clientCertificate = "none", ca, crl, minimumVersion = "1.2", pskFile } = options;
  if (clientCertificate !== "none" && ca === undefined) {
    throw new TlsError("client certificates need ca: the file of the authorities by which they are verified");
  }
  if (clientCertificate === "none" && (ca !== undefined || crl !== undefined)) {
    throw new TlsError("ca and crl are for client certificates: set clientCertificate to optional or required");
  }
  if (pskFile !== undefined && minimumVersion === "1.3") {
    throw new TlsError("pre-shared keys are for TLS 1.2: leave minimumVersion out, or pskFile");
  }
  return {
    minVersion: `TLSv${minimumVersion}`,
    maxVersion: pskFile === undefined ? "TLSv1.3" : "TLSv1.2",
    ciphers: options.ciphers ?? defaultCiphers(pskFile !== undefined, hasCertificate),
    honorCipherOrder: true,
    // With pre-shared keys, a resumed session would not tell the identity.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (pskFile === undefined ? 0 : constants.SSL_OP_NO_TICKET),
    ...(ca !== undefined && { ca: readAuthorities(ca) }),
    ...(crl !== undefined && { crl: readRevoked(crl) }),
  };
}

function defaultCiphers(hasPsk: boolean, hasCertificate: boolean): string {
  if (!hasPsk) return DEFAULT_CIPHERS;
  return hasCertificate ? `${PSK_CIPHERS}:${DEFAULT_CIPHERS.replace(":!PSK", "")}` : PSK_CIPHERS;
}

function readAuthorities(path: string): Buffer {
  const bytes = readTlsFile("ca", path);
  readCertificates("ca", path, bytes);
  return bytes;
}

function readRevoked(path: string): Buffer {
  const bytes = readTlsFile("crl", path);
  if (!bytes.includes("-----BEGIN X509 CRL-----")) {
    throw new TlsError(`the crl file ${path} holds no list in PEM format (-----BEGIN X509 CRL-----)`);
  }
  try {
    createSecureContext({ crl: bytes });
  } catch (cause) {
    throw new TlsError(`the list in the crl file ${path} is damaged`, { cause });
  }
  return bytes;
}

function contextOf({ certificate, key, passphrase }: LoadedCertificate): SecureContextOptions {
  return { cert: certificate, key, ...(passphrase !== undefined && { passphrase }) };
}

/** Each file was found good by itself: what is left are ciphers, and certificates that OpenSSL holds too weak. @throws {TlsError} */
function checkContext(context: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(context);
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    if (code === "ERR_SSL_NO_CIPHER_MATCH")
      throw new TlsError(`there are no such ciphers: ${context.ciphers}`, { cause });
    throw new TlsError(`the certificate cannot be used for TLS: ${message}`, { cause });
  }
}

function hostContexts(
  common: SecureContextOptions,
  certificates: readonly { options: HostCertificateOptions; loaded: LoadedCertificate }[],
): Map<string, SecureContext> {
  const hosts = new Map<string, SecureContext>();
  for (const { options, loaded } of certificates) {
    const context = checkContext({ ...common, ...contextOf(loaded) });
    for (const host of hostNames(options, loaded)) {
      if (hosts.has(host)) throw new TlsError(`two certificates are given for the host ${host}: leave one out`);
      hosts.set(host, context);
    }
  }
  return hosts;
}

function hostNames({ hosts, certificate }: HostCertificateOptions, { leaf }: LoadedCertificate): string[] {
  const names = hosts ?? alternativeNames(leaf).flatMap(([kind, name]) => (kind === "DNS" ? [name] : []));
  if (names.length > 0) return names.map((name) => name.toLowerCase());
  throw new TlsError(`the certificate file ${certificate} names no host: say by hosts which it is for`);
}
