import { toData } from "../source/written.ts";
import { type DirectiveKind, moot, ofListener, refused } from "./directive-kinds.ts";
import type { ListenerDraft } from "./listener-draft.ts";
import type { Directive } from "./read.ts";
import type { Target } from "./target.ts";
import { readCount, readNumber, readOneOf, readSwitch, readText } from "./values.ts";

/** Every directive of Mosquitto 2.0 and 2.1 that is about one listener. */

const NO_ENGINE = "keys are read from PEM files: an OpenSSL engine cannot be used";

function tlsFile(name: string) {
  return ofListener(`listeners[].tls.${name}`, ({ value, origin }, listener) =>
    listener.setTls(name, readText(value), origin),
  );
}

function setAuthorities({ value, origin }: Directive, listener: ListenerDraft): void {
  listener.setTls("ca", readText(value), origin);
}

function ciphers(to: string) {
  return ofListener(to, ({ value, origin }, listener) => {
    listener.ciphers.push(readText(value));
    listener.setTls("ciphers", listener.ciphers.join(":"), origin);
  });
}

function identity(field: "cn" | "subject") {
  return ofListener("listeners[].authentication.authenticators, of the type certificate", (directive, listener) => {
    if (!readSwitch(directive.value) || listener.identity?.field === "cn") return;
    listener.identity = { directive, field };
  });
}

/** A limit that Mosquitto has for each listener, and ternmq for all: the largest. */
function largest(name: "topicAliasMaximum" | "maximumOutgoingTopicAliases") {
  return ofListener(`limits.${name}`, (directive, _, target) => {
    const number = readNumber(directive.value, 0, 65_535);
    target.largest(["limits", name], number, directive);
  });
}

function protocol(directive: Directive, listener: ListenerDraft, target: Target): void {
  const name = readOneOf(directive.value, ["mqtt", "websockets", "http_api"]);
  listener.isWebSocket = name === "websockets";
  listener.isLeftOut = name === "http_api";
  if (listener.isLeftOut) target.warn(directive, "there is no http_api: this listener is left out");
}

function versions({ value, origin }: Directive, listener: ListenerDraft): void {
  const numbers = value.split(/[,\s]+/).map((text) => Number(readOneOf(text, ["3", "4", "5"])));
  listener.set("versions", [...new Set(numbers)], origin);
}

function proxyProtocol(directive: Directive, listener: ListenerDraft, target: Target): void {
  readNumber(directive.value, 1, 2);
  listener.set("proxyProtocolFrom", ["0.0.0.0/0", "::/0"], directive.origin);
  target.warn(directive, "any address may be a proxy, as with Mosquitto: name those that are as proxyProtocolFrom");
}

function tlsVersion(directive: Directive, listener: ListenerDraft, target: Target): void {
  const version = readOneOf(directive.value, ["tlsv1.3", "tlsv1.2", "tlsv1.1", "tlsv1"]);
  const minimum = version === "tlsv1.3" ? "1.3" : "1.2";
  listener.setTls("minimumVersion", minimum, directive.origin);
  if (version === "tlsv1.1" || version === "tlsv1")
    target.warn(directive, "TLS 1.2 is the oldest version there is here");
}

function addOrigin({ value, origin }: Directive, listener: ListenerDraft): void {
  const before = listener.option("origins");
  const known = before === undefined ? [] : (toData(before) as string[]);
  listener.set("origins", [...known, readText(value)], origin);
}

export const OF_LISTENER: Readonly<Record<string, DirectiveKind>> = {
  accept_protocol_versions: ofListener("listeners[].versions", versions),
  bind_interface: refused("listeners are bound to addresses: give that of the interface behind the listener's port"),
  cafile: ofListener("listeners[].tls.ca, without require_certificate listeners[].tls.chain", setAuthorities),
  capath: refused("certificate authorities are read from one file: join those of the directory to a cafile"),
  certfile: ofListener("listeners[].tls.certificate", (directive, listener) => {
    listener.certificateFile = directive;
    listener.setTls("certificate", readText(directive.value), directive.origin);
  }),
  ciphers: ciphers("listeners[].tls.ciphers"),
  "ciphers_tls1.3": ciphers("listeners[].tls.ciphers"),
  crlfile: tlsFile("crl"),
  dhparamfile: moot("key exchange is by elliptic curves, or with parameters of OpenSSL's own"),
  disable_client_cert_date_checks: moot("certificates of clients are always checked for their dates", ["false"]),
  enable_proxy_protocol: ofListener("listeners[].proxyProtocolFrom", proxyProtocol),
  http_dir: moot("no files are served by HTTP"),
  keyfile: tlsFile("key"),
  listener_allow_anonymous: ofListener("listeners[].authentication.allowAnonymous", (directive, listener) => {
    readSwitch(directive.value);
    listener.security.allowAnonymous = directive;
  }),
  listener_auto_id_prefix: moot("client identifiers that ternmq gives have no prefix of choice"),
  max_connections: ofListener("listeners[].maximumConnections", ({ value, origin }, listener) => {
    const count = readCount(value, -1);
    if (count !== "unlimited") listener.set("maximumConnections", count, origin);
  }),
  max_qos: moot("every QoS is taken", ["2"]),
  maximum_qos: moot("every QoS is taken", ["2"]),
  max_topic_alias: largest("topicAliasMaximum"),
  max_topic_alias_broker: largest("maximumOutgoingTopicAliases"),
  mount_point: refused("topics have no prefix for each listener: clients of this one would see those of all others"),
  protocol: ofListener("listeners[].protocol", protocol),
  proxy_protocol_v2_require_tls: refused("what the proxy says of TLS is not looked at", ["false"]),
  psk_hint: ofListener("listeners[].tls.pskHint", (directive, listener) => {
    listener.pskHint = directive;
    listener.setTls("pskHint", readText(directive.value), directive.origin);
  }),
  require_certificate: ofListener("listeners[].tls.clientCertificate", (directive, listener) => {
    if (readSwitch(directive.value)) listener.requireCertificate = directive;
  }),
  socket_domain: ofListener("listeners[].host", ({ value }, listener) => {
    listener.socketDomain = readOneOf(value, ["ipv4", "ipv6"]);
  }),
  tls_engine: refused(NO_ENGINE),
  tls_engine_kpass_sha1: refused(NO_ENGINE),
  tls_keyform: refused(NO_ENGINE, ["pem"]),
  tls_version: ofListener("listeners[].tls.minimumVersion", tlsVersion),
  use_identity_as_username: identity("cn"),
  use_subject_as_username: identity("subject"),
  use_username_as_clientid: ofListener("listeners[].usernameAsClientIdentifier", ({ value, origin }, listener) => {
    if (readSwitch(value)) listener.set("usernameAsClientIdentifier", true, origin);
  }),
  websockets_origin: ofListener("listeners[].origins", addOrigin),
};
