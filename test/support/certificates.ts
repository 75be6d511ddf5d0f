import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A certificate and its key, as files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** As openssl writes it. Default: `/CN=` and the file's name. */
  readonly subject?: string;
  /** Subject Alternative Names, as openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Days from now, also negative ones. Default 2. */
  readonly days?: number;
  /** Encrypts the key. */
  readonly passphrase?: string;
  /** It may sign others. */
  readonly isAuthority?: boolean;
}

/** A certificate authority in a directory of its own, by openssl; gone when the process ends. */
export class Authority implements CertificateFiles {
  readonly directory: string;
  readonly certificate: string;
  readonly key: string;

  private constructor(directory: string, { certificate, key }: CertificateFiles) {
    this.directory = directory;
    this.certificate = certificate;
    this.key = key;
    writeFileSync(this.path("index.txt"), "");
    writeFileSync(
      this.path("ca.cnf"),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.path("index.txt")}\ndefault_md=sha256\ndefault_crl_days=2\n`,
    );
  }

  static create(name = "Test Authority"): Authority {
    const directory = mkdtempSync(join(tmpdir(), "ternmq-certificates-"));
    process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
    const files = { certificate: join(directory, "ca.pem"), key: join(directory, "ca.key") };
    const output = ["-nodes", "-keyout", files.key, "-out", files.certificate, "-days", "2"];
    openssl(["req", "-x509", ...KEY, ...output, "-subj", `/CN=${name}`]);
    return new Authority(directory, files);
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  /** A certificate of this authority, in files of this name. */
  issue(name: string, request: CertificateRequest = {}): CertificateFiles {
    const { subject = `/CN=${name}`, names, days = 2, passphrase, isAuthority = false } = request;
    const files = { certificate: this.path(`${name}.pem`), key: this.path(`${name}.key`) };
    const csr = this.path(`${name}.csr`);
    const protection = passphrase === undefined ? ["-nodes"] : ["-passout", `pass:${passphrase}`];
    openssl(["req", ...KEY, ...protection, "-keyout", files.key, "-out", csr, "-subj", subject]);
    writeFileSync(
      this.path("extensions"),
      `basicConstraints=CA:${isAuthority}\n${names === undefined ? "" : `subjectAltName=${names}\n`}`,
    );
    const signer = ["-CA", this.certificate, "-CAkey", this.key, "-CAcreateserial"];
    const extensions = ["-extfile", this.path("extensions"), "-days", String(days)];
    openssl(["x509", "-req", "-in", csr, ...signer, ...extensions, "-out", files.certificate]);
    return files;
  }

  /** An authority below this one. */
  intermediate(name: string): Authority {
    const directory = mkdtempSync(join(tmpdir(), "ternmq-certificates-"));
    process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
    return new Authority(directory, this.issue(name, { isAuthority: true }));
  }

  /** The list of what this authority has revoked: these certificates, beside those of earlier calls. */
  revoke(...certificates: CertificateFiles[]): string {
    const authority = ["-config", this.path("ca.cnf"), "-cert", this.certificate, "-keyfile", this.key];
    for (const { certificate } of certificates) openssl(["ca", ...authority, "-revoke", certificate]);
    openssl(["ca", ...authority, "-gencrl", "-out", this.path("crl.pem")]);
    return this.path("crl.pem");
  }

  /** One file that holds the content of others. */
  bundle(name: string, ...files: string[]): string {
    writeFileSync(this.path(name), files.map((file) => readFileSync(file, "utf8")).join(""));
    return this.path(name);
  }

  /** Puts another certificate and key into the files of one. */
  replace(files: CertificateFiles, by: CertificateFiles): void {
    copyFileSync(by.certificate, files.certificate);
    copyFileSync(by.key, files.key);
  }

  /** A text file beside the certificates. */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
