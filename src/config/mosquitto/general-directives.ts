import { LIMIT_RANGES, type NumericLimit } from "../limits.ts";
import { type DirectiveKind, general, moot, refused, security } from "./directive-kinds.ts";
import type { Directive } from "./read.ts";
import type { Target } from "./target.ts";
import { readCount, readExpiration, readNumber, readOneOf, readSwitch, readText } from "./values.ts";

/** Every directive of Mosquitto 2.0 and 2.1 that is about the whole broker, or about who may do what. */

const NO_PLUGINS = "ternmq loads no plugins of Mosquitto: what this one forbids would be allowed";
const LOG_FORMAT = "the log is JSON lines with a time, on a terminal text";
const WHOLE_PACKET = "ternmq limits the packet rather than its payload, and disconnects who sends a larger one";
/** A payload's packet has a header, a topic name and properties around it. */
const AROUND_PAYLOAD = 131_072;

/** Where a limit of Mosquitto is beyond what there is here, the nearest is taken. */
function toLimit(name: NumericLimit, none: number) {
  return general(`limits.${name}`, (directive, target) => {
    const [least, most] = LIMIT_RANGES[name];
    const count = readCount(directive.value, none);
    const number = count === "unlimited" ? most : count;
    const taken = Math.min(Math.max(number, least), most);
    target.set(["limits", name], taken, directive.origin);
    if (taken !== number) target.warn(directive, `${taken} is the nearest that ternmq has`);
  });
}

function toSwitch(to: string, path: readonly string[]) {
  return general(to, ({ value, origin }, target) => target.set(path, readSwitch(value), origin));
}

function persistenceLocation({ value, origin }: Directive, target: Target): void {
  target.set(["persistence", "directory"], `${readText(value).replace(/\/+$/, "")}/ternmq-data`, origin);
}

function messageSizeLimit(directive: Directive, target: Target): void {
  const size = readNumber(directive.value, 0, 268_435_455);
  if (size === 0) return;
  target.warn(directive, WHOLE_PACKET);
  const packet = Math.min(size + AROUND_PAYLOAD, LIMIT_RANGES.maximumPacketSize[1]);
  if (!target.has(["limits", "maximumPacketSize"]))
    target.set(["limits", "maximumPacketSize"], packet, directive.origin);
}

function retainAvailable(directive: Directive, target: Target): void {
  if (readSwitch(directive.value)) return;
  target.set(["limits", "maximumRetainedMessages"], 0, directive.origin);
  target.warn(
    directive,
    "a message with the retain flag is delivered, but not retained; its sender is not disconnected",
  );
}

const LOG_TYPES = {
  all: "debug",
  debug: "debug",
  internal: undefined,
  information: "info",
  notice: "info",
  warning: "warn",
  error: "error",
  none: "silent",
  subscribe: undefined,
  unsubscribe: undefined,
  websockets: undefined,
} as const;
const VERBOSE_FIRST = ["debug", "info", "warn", "error", "silent"];

/** Of several the most verbose counts, as ternmq has levels rather than kinds. */
function logType(directive: Directive, target: Target): void {
  const type = readOneOf(directive.value, Object.keys(LOG_TYPES)) as keyof typeof LOG_TYPES;
  const level = LOG_TYPES[type];
  if (level === undefined) target.warn(directive, "the log has levels, and no lines of this kind alone");
  else target.logLevel(level, VERBOSE_FIRST, directive.origin);
}

function logDestination(directive: Directive, target: Target): void {
  const [kind = ""] = directive.value.split(/\s+/);
  const destination = readOneOf(kind, ["none", "stdout", "stderr", "syslog", "topic", "file", "dlt", "android"]);
  if (destination === "none") target.set(["log", "level"], "silent", directive.origin);
  else if (destination !== "stdout")
    target.warn(directive, "the log goes to standard output: let the system take it from there");
}

export const GENERAL: Readonly<Record<string, DirectiveKind>> = {
  acl_file: security("accessRules.aclFile"),
  allow_anonymous: security("authentication.allowAnonymous"),
  password_file: security("authentication.authenticators, of the type password-file"),
  psk_file: security("listeners[].tls.pskFile"),
  allow_duplicate_messages: moot("where subscriptions of a client overlap, it gets what MQTT says"),
  allow_zero_length_clientid: moot("clients without a client identifier are given one", ["true"]),
  auth_plugin: refused(NO_PLUGINS),
  plugin: refused(NO_PLUGINS),
  global_plugin: refused(NO_PLUGINS),
  plugin_load: refused(NO_PLUGINS),
  plugin_use: refused(NO_PLUGINS),
  auth_plugin_deny_special_chars: { kind: "plugin" },
  auto_id_prefix: moot("client identifiers that ternmq gives have no prefix of choice"),
  autosave_interval: moot("what was acknowledged is on disk already (see persistence.durability)"),
  autosave_on_changes: moot("what was acknowledged is on disk already (see persistence.durability)"),
  check_retain_source: moot("what was retained while that was allowed stays"),
  clientid_prefixes: refused(
    "client identifiers have no prefixes of choice: give access by user names, or know clients by them (use_username_as_clientid)",
  ),
  connection_messages: moot("lines about clients are of the level info: raise log.level", ["true"]),
  enable_control_api: moot("there is no $CONTROL", ["false"]),
  global_max_clients: toLimit("maximumSessions", -1),
  global_max_connections: toLimit("maximumConnections", -1),
  log_dest: general("log.level", logDestination),
  log_facility: moot(LOG_FORMAT),
  log_timestamp: moot(LOG_FORMAT, ["true"]),
  log_timestamp_format: moot(LOG_FORMAT),
  log_type: general("log.level", logType),
  max_inflight_bytes: moot("messages under way are counted: see limits.maximumInflightMessages", ["0"]),
  max_inflight_messages: toLimit("maximumInflightMessages", 0),
  max_keepalive: toLimit("maximumKeepAlive", 0),
  max_packet_size: toLimit("maximumPacketSize", 0),
  max_queued_bytes: toLimit("maximumQueuedBytes", 0),
  max_queued_messages: toLimit("maximumQueuedMessages", 0),
  memory_limit: moot("limits.maximumBacklogBytes bounds what waits for all clients together", ["0"]),
  message_size_limit: general("limits.maximumPacketSize", messageSizeLimit),
  packet_buffer_size: moot("buffers take their size by themselves"),
  persistence: toSwitch("persistence.enabled", ["persistence", "enabled"]),
  retained_persistence: toSwitch("persistence.enabled", ["persistence", "enabled"]),
  persistence_file: moot("the store has names of its own; it does not read Mosquitto's"),
  persistence_location: general("persistence.directory", persistenceLocation),
  persistent_client_expiration: general("limits.maximumSessionExpiryInterval", ({ value, origin }, target) =>
    target.set(["limits", "maximumSessionExpiryInterval"], Math.min(readExpiration(value), 0xff_ff_ff_ff), origin),
  ),
  pid_file: general("pidFile", ({ value, origin }, target) => target.set(["pidFile"], readText(value), origin)),
  queue_qos0_messages: toSwitch("limits.queueQos0Messages", ["limits", "queueQos0Messages"]),
  retain_available: general("limits.maximumRetainedMessages", retainAvailable),
  retain_expiry_interval: moot("retained messages expire where their Message Expiry Interval says so"),
  retry_interval: moot("messages are sent again when a client comes back, as MQTT 3.1.1 and 5.0 say"),
  set_tcp_nodelay: general("listeners[].noDelay", ({ value, origin }, target) => {
    target.noDelay = { value: readSwitch(value), origin };
  }),
  sys_interval: moot("no $SYS topics are published", ["0"]),
  upgrade_outgoing_qos: moot("a message keeps its QoS where that is lower than its subscription's", ["false"]),
  user: moot("ternmq stays the user that starts it: start it as the one that it is to be"),
  websockets_headers_size: moot("buffers take their size by themselves"),
  websockets_log_level: moot("the log has one level, log.level"),
};
