import type { Origin } from "../source/origin.ts";
import { emptyMap, fromData, type Written, type WrittenMap, write } from "../source/written.ts";
import type { Directive } from "./read.ts";

/** Who may come in, and do what. */
export interface SecurityDraft {
  allowAnonymous: Directive | undefined;
  passwordFile: Directive | undefined;
  aclFile: Directive | undefined;
  pskFile: Directive | undefined;
}

export function emptySecurity(): SecurityDraft {
  return { allowAnonymous: undefined, passwordFile: undefined, aclFile: undefined, pskFile: undefined };
}

/** A listener of mosquitto.conf while its directives are read. */
export class ListenerDraft {
  readonly origin: Origin;
  /** Of its own, by `per_listener_settings` or a directive that has no other meaning. */
  readonly security = emptySecurity();
  /** Options that become those of the listener, and of its TLS, as they are. */
  readonly options: WrittenMap;
  readonly tls: WrittenMap;
  port: Directive | undefined;
  host: { readonly value: string; readonly origin: Origin } | undefined;
  socketDomain: "ipv4" | "ipv6" | undefined;
  isWebSocket = false;
  /** It speaks a protocol that ternmq does not have. */
  isLeftOut = false;
  certificateFile: Directive | undefined;
  pskHint: Directive | undefined;
  requireCertificate: Directive | undefined;
  identity: { readonly directive: Directive; readonly field: "cn" | "subject" } | undefined;
  readonly ciphers: string[] = [];

  constructor(origin: Origin) {
    this.origin = origin;
    this.options = emptyMap(origin);
    this.tls = emptyMap(origin);
  }

  set(name: string, data: unknown, origin: Origin): void {
    write(this.options, [name], fromData(data, origin));
  }

  setTls(name: string, data: unknown, origin: Origin): void {
    write(this.tls, [name], fromData(data, origin));
  }

  /** Whether anything was said of it that is not so anyway: without that Mosquitto does not open the listener by default. */
  get isWanted(): boolean {
    const { port, host, socketDomain, requireCertificate, identity } = this;
    const { passwordFile, pskFile } = this.security;
    return (
      [port, host, socketDomain, requireCertificate, identity, passwordFile, pskFile].some(
        (each) => each !== undefined,
      ) ||
      this.isWebSocket ||
      this.options.entries.size > 0 ||
      [...this.tls.entries.keys()].some((name) => name !== "minimumVersion")
    );
  }

  /** What stands there already. */
  option(name: string): Written | undefined {
    return this.options.entries.get(name)?.value;
  }
}
