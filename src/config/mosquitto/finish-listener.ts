import { fromData, type Written, write } from "../source/written.ts";
import type { ListenerDraft, SecurityDraft } from "./listener-draft.ts";
import type { Target } from "./target.ts";
import { readSwitch } from "./values.ts";

const DEFAULT_PORT = 1883;
/** Options that listeners on uWebSockets.js, and Unix sockets, do not have. */
const OF_TCP = ["noDelay", "ipv6Only"];

type Protocol = "mqtt" | "mqtts" | "ws" | "wss" | "unix";

/** A listener of the configuration. */
export function finishListener(
  target: Target,
  draft: ListenerDraft,
  common: SecurityDraft,
  isPerListener: boolean,
): Written {
  const protocol = protocolOf(draft, target);
  draft.set("protocol", protocol, draft.origin);
  finishAddress(draft, protocol);
  finishTls(draft, protocol, target, isPerListener ? draft.security : common);
  finishSecurity(target, draft, common, isPerListener);
  if (target.noDelay !== undefined) draft.set("noDelay", target.noDelay.value, target.noDelay.origin);
  if (protocol !== "ws" && protocol !== "wss") leaveOutOrigins(target, draft);
  if (protocol === "ws" || protocol === "unix") for (const name of OF_TCP) draft.options.entries.delete(name);
  return draft.options;
}

function leaveOutOrigins({ warnings }: Target, { options: { entries } }: ListenerDraft): void {
  const origins = entries.get("origins");
  if (origins === undefined) return;
  entries.delete("origins");
  warnings.push({ origin: origins.origin, message: "websockets_origin: this listener is not for WebSocket" });
}

function protocolOf(draft: ListenerDraft, target: Target): Protocol {
  const isSecure = draft.certificateFile !== undefined || draft.pskHint !== undefined;
  const { port } = draft;
  if (port?.value !== "0") {
    if (draft.isWebSocket) return isSecure ? "wss" : "ws";
    return isSecure ? "mqtts" : "mqtt";
  }
  if (draft.isWebSocket) target.wrong(port, "a Unix socket is for MQTT itself, not for WebSocket");
  if (isSecure) target.wrong(port, "a Unix socket has no TLS");
  return "unix";
}

/** Without an address a listener takes all of this machine's. */
function finishAddress(draft: ListenerDraft, protocol: Protocol): void {
  const { port, host, socketDomain, origin } = draft;
  if (protocol === "unix") {
    draft.set("path", host?.value, host?.origin ?? origin);
    return;
  }
  draft.set("host", host?.value ?? (socketDomain === "ipv4" ? "0.0.0.0" : "::"), host?.origin ?? origin);
  draft.set("port", Number(port?.value ?? DEFAULT_PORT), port?.origin ?? origin);
  if (socketDomain === "ipv6" && host === undefined) draft.set("ipv6Only", true, origin);
}

function finishTls(draft: ListenerDraft, protocol: Protocol, target: Target, { pskFile }: SecurityDraft): void {
  const { pskHint, requireCertificate, certificateFile } = draft;
  if (protocol !== "mqtts" && protocol !== "wss") {
    for (const [name, { origin }] of draft.tls.entries)
      target.warnings.push({
        origin,
        message: `it says ${name} of TLS, which this listener does not have without a certfile`,
      });
    return;
  }
  if (pskHint !== undefined && pskFile === undefined) target.wrong(pskHint, "a psk_file is missing");
  if (pskHint !== undefined && certificateFile !== undefined)
    target.wrong(pskHint, "a listener has certificates or pre-shared keys, not both");
  if (pskHint !== undefined && pskFile !== undefined) draft.setTls("pskFile", pskFile.value, pskFile.origin);
  if (requireCertificate === undefined) changeAuthorities(draft, target);
  else draft.setTls("clientCertificate", "required", requireCertificate.origin);
  draft.options.entries.set("tls", { origin: draft.tls.origin, value: draft.tls });
}

/** Mosquitto asks no client for a certificate then; what leads from its own to the authority it finds in the cafile all the same. */
function changeAuthorities({ tls: { entries }, certificateFile }: ListenerDraft, { warnings }: Target): void {
  const ca = entries.get("ca");
  if (ca !== undefined && certificateFile !== undefined) entries.set("chain", ca);
  entries.delete("ca");
  const crl = entries.get("crl");
  if (crl === undefined) return;
  entries.delete("crl");
  const message = "crlfile: clients are asked for no certificate without require_certificate true";
  warnings.push({ origin: crl.origin, message });
}

/** A name from a certificate needs no password; that of a pre-shared key comes in by the key. */
function finishSecurity(target: Target, draft: ListenerDraft, common: SecurityDraft, isPerListener: boolean): void {
  const { security, identity, requireCertificate, pskHint } = draft;
  const { aclFile } = security;
  if (aclFile !== undefined) draft.set("accessRules", { aclFile: aclFile.value }, aclFile.origin);
  const hasIdentity = identity !== undefined && (requireCertificate !== undefined || pskHint !== undefined);
  if (identity !== undefined && !hasIdentity)
    target.warn(identity.directive, "clients show no certificate without require_certificate true");
  if (hasIdentity) {
    const username = pskHint === undefined ? identity.field : "psk-identity";
    setAuthentication(draft, "authenticators", [{ type: "certificate", username }], identity.directive.origin);
    setAuthentication(draft, "allowAnonymous", false, identity.directive.origin);
    return;
  }
  const { passwordFile, allowAnonymous } = security;
  if (isPerListener) {
    const passwords = passwordFile === undefined ? [] : [{ type: "password-file", file: passwordFile.value }];
    setAuthentication(draft, "authenticators", passwords, passwordFile?.origin ?? draft.origin);
  }
  const anonymous = allowAnonymous ?? (isPerListener ? undefined : common.allowAnonymous);
  const allows = anonymous !== undefined && readSwitch(anonymous.value);
  if (isPerListener || allowAnonymous !== undefined)
    setAuthentication(draft, "allowAnonymous", allows, anonymous?.origin ?? draft.origin);
}

function setAuthentication(draft: ListenerDraft, name: string, data: unknown, origin: ListenerDraft["origin"]): void {
  write(draft.options, ["authentication", name], fromData(data, origin));
}
