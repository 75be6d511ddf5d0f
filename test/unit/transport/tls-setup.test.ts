import { describe, expect, it } from "vitest";
import type { TlsOptions } from "../../../src/index.ts";
import { readPskFile } from "../../../src/transport/tls/psk-file.ts";
import { loadTls } from "../../../src/transport/tls/tls-setup.ts";
import { Authority } from "../../support/certificates.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:a.test,DNS:*.a.test" });
const other = authority.issue("other");
const locked = authority.issue("locked", { passphrase: "open sesame" });
const psk = authority.write("psk", "a:00\n");
const text = authority.write("text.pem", "nonsense\n");
const damaged = authority.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
const damagedList = authority.write("damaged-crl.pem", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
const ca = authority.certificate;

describe("TLS options that cannot be used name the file and say what to do", () => {
  it.each<[string, TlsOptions, RegExp]>([
    ["nothing", {}, /needs a certificate and its key/],
    ["no key", { certificate: server.certificate }, /server\.pem needs the key that belongs to it/],
    ["no certificate", { key: server.key }, /server\.key needs the certificate that belongs to it/],
    ["a missing file", { ...server, key: "/nowhere/x.key" }, /key file \/nowhere\/x\.key: there is no such file/],
    ["a directory", { ...server, key: authority.directory }, /it is a directory/],
    ["no PEM for a certificate", { ...server, certificate: text }, /text\.pem holds no certificate in PEM format/],
    [
      "a damaged certificate",
      { ...server, certificate: damaged },
      /certificate 1 in the certificate file .* is damaged/,
    ],
    ["no PEM for a key", { ...server, key: text }, /text\.pem holds no private key in PEM format/],
    [
      "the key of another",
      { ...server, key: other.key },
      /other\.key does not belong to the certificate file .*server/,
    ],
    ["a locked key", locked, /locked\.key is encrypted: give its passphrase/],
    ["a wrong passphrase", { ...locked, passphrase: "x" }, /the passphrase does not open the key file .*locked\.key/],
    ["ciphers that are none", { ...server, ciphers: "NONE-SUCH" }, /there are no such ciphers: NONE-SUCH/],
    ["client certificates without ca", { ...server, clientCertificate: "required" }, /client certificates need ca/],
    ["ca without client certificates", { ...server, ca }, /set clientCertificate to optional or required/],
    ["a ca that is none", { ...server, clientCertificate: "required", ca: text }, /ca file .*text\.pem holds no/],
    ["a crl that is none", { ...server, clientCertificate: "required", ca, crl: text }, /crl file .* holds no list/],
    ["a damaged crl", { ...server, clientCertificate: "required", ca, crl: damagedList }, /crl file .* is damaged/],
    ["psk with TLS 1.3", { pskFile: psk, minimumVersion: "1.3" }, /pre-shared keys are for TLS 1\.2/],
    ["a host twice", { ...server, certificates: [server, server] }, /two certificates are given for the host a\.test/],
    ["a host certificate without hosts", { ...server, certificates: [other] }, /other\.pem names no host/],
  ])("%s", (_what, options, message) => {
    expect(() => loadTls(options)).toThrow(message);
    expect(() => loadTls(options)).toThrow(expect.objectContaining({ code: "ERR_TLS" }));
  });
});

describe("a PSK file", () => {
  it("gives keys by identity", () => {
    const path = authority.write("good.psk", "# of the sensors\r\n\r\na b:00FF\r\nc:0a\n");
    expect([...readPskFile(path)]).toEqual([
      ["a b", Buffer.of(0, 255)],
      ["c", Buffer.of(10)],
    ]);
  });

  it.each([
    ["no colon", "a:00\nsecret\n", /:2:1: write identity:key/],
    ["no identity", ":0123\n", /:1:1: write identity:key/],
    ["an odd number of digits", "a:123\n", /:1:3: a key is an even number/],
    ["other characters", "abc:12zz\n", /:1:5: a key is an even number/],
    ["no key", "a:\n", /:1:3: a key is an even number/],
    ["an identity twice", "a:00\na:11\n", /:2:1: the identity "a" has a key already/],
    ["too long an identity", `${"i".repeat(129)}:00\n`, /:1:1: an identity has no more than 128 bytes/],
    ["too long a key", `a:${"00".repeat(257)}\n`, /:1:3: a key has no more than 256 bytes/],
    ["nothing", "# none yet\n", /holds no key: add lines identity:key/],
  ])("with %s is refused by line and column, and no key is shown", (_what, content, message) => {
    const path = authority.write("bad.psk", content);
    expect(() => readPskFile(path)).toThrow(message);
    expect(() => readPskFile(path)).not.toThrow(/secret|123|zz/);
  });
});
