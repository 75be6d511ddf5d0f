import type { z } from "zod";
import type { TlsOptions } from "../listener-options.ts";
import { list, oneOf, path, secret, section, text } from "./types.ts";

const certificate = path().describe("file of the certificate, and behind it those that lead to its authority (PEM)");
const key = path().describe("file of the certificate's private key (PEM)");
const chain = path()
  .exactOptional()
  .describe("file of certificates that lead to its authority, where they do not stand behind it (PEM)");
const passphrase = secret("the passphrase of the private key").exactOptional().describe("of an encrypted private key");

const hostCertificateSchema = section({
  certificate,
  key,
  passphrase,
  chain,
  hosts: list(text("a host name"), "host names")
    .exactOptional()
    .describe(
      "host names for which it is shown, `*.example.com` is one level of any name; by default those in the certificate",
    ),
});

export const tlsSchema = section({
  certificate: certificate.exactOptional(),
  key: key.exactOptional(),
  passphrase,
  chain,
  certificates: list(hostCertificateSchema, "certificates")
    .exactOptional()
    .describe("further certificates, by the host name that the client asks for (SNI)"),
  clientCertificate: oneOf(["none", "optional", "required"])
    .exactOptional()
    .describe("whether clients show certificates; one that cannot be verified is never let in. `none` by default"),
  ca: path()
    .exactOptional()
    .describe("file of the certificate authorities by which certificates of clients are verified (PEM)"),
  crl: path().exactOptional().describe("file of revoked certificates of clients (PEM)"),
  minimumVersion: oneOf(["1.2", "1.3"]).exactOptional().describe("oldest version of TLS; 1.2 by default"),
  ciphers: text("ciphers in the words of OpenSSL")
    .exactOptional()
    .describe("ciphers in the words of OpenSSL; those of Node.js by default"),
  pskFile: path()
    .exactOptional()
    .describe(
      "file of pre-shared keys, a line `identity:key` for each client, the key in hexadecimal digits; TLS 1.2 only",
    ),
  pskHint: text("a hint").exactOptional().describe("what clients are told to choose their identity by"),
}).check(({ value, issues }) => {
  const { certificate, key, pskFile } = value;
  const missing = key === undefined ? "key" : "certificate";
  if (certificate === undefined && key === undefined && pskFile === undefined)
    issues.push({
      code: "custom",
      message: "give certificate and key, or pskFile",
      input: value,
      path: ["certificate"],
    });
  else if ((certificate === undefined) !== (key === undefined))
    issues.push({ code: "custom", message: "a certificate and its key go together", input: value, path: [missing] });
}) satisfies z.ZodType<TlsOptions>;
