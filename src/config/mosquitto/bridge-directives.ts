import type { DirectiveKind } from "./directive-kinds.ts";

/** What describes a bridge, that is a connection to another broker. ternmq has none. */
const NAMES = [
  ...["address", "addresses", "bridge_alpn", "bridge_attempt_unsubscribe", "bridge_bind_address", "bridge_cafile"],
  ...["bridge_capath", "bridge_certfile", "bridge_ciphers", "bridge_ciphers_tls1.3", "bridge_identity"],
  ...["bridge_insecure", "bridge_keyfile", "bridge_max_packet_size", "bridge_max_topic_alias"],
  ...["bridge_outgoing_retain", "bridge_protocol_version", "bridge_psk", "bridge_receive_maximum"],
  ...["bridge_reload_type", "bridge_require_ocsp", "bridge_session_expiry_interval", "bridge_tcp_keepalive"],
  ...["bridge_tcp_user_timeout", "bridge_tls_use_os_certs", "bridge_tls_version", "cleansession", "clientid"],
  ...["connection", "idle_timeout", "keepalive_interval", "local_cleansession", "local_clientid", "local_password"],
  ...["local_username", "notification_topic", "notifications", "notifications_local_only", "password"],
  ...["remote_clientid", "remote_password", "remote_username", "restart_timeout", "round_robin", "start_type"],
  ...["threshold", "topic", "try_private", "username"],
];

export const BRIDGE: Readonly<Record<string, DirectiveKind>> = Object.fromEntries(
  NAMES.map((name) => [name, { kind: "bridge" }] as const),
);
