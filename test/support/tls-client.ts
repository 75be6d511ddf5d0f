import { readFileSync } from "node:fs";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { CertificateFiles } from "./certificates.ts";
import { RawClient } from "./raw-client.ts";

/**
 * A TLS connection to a broker of this machine, gone when the test ends; rejects when the handshake fails. With TLS 1.3 a client's certificate
 * may be refused after that.
 */
export function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ...options }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once("error", reject);
    onTestFinished(() => {
      socket.destroy();
    });
  });
}

/** A raw client over TLS that trusts this authority. */
export async function tlsClient(
  port: number,
  authority: CertificateFiles,
  options: ConnectionOptions = {},
): Promise<RawClient> {
  return new RawClient(await openTls(port, { ca: readFileSync(authority.certificate), ...options }));
}

/** What a client shows with these files. */
export function shown({ certificate, key }: CertificateFiles): ConnectionOptions {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

/** Waits until the broker refuses a client; whether it sees the end of the handshake depends on the version of TLS. */
export async function expectRefused(opening: Promise<RawClient>): Promise<void> {
  const client = await opening.catch(() => undefined);
  await client?.expectClosed();
}
