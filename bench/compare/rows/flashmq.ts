import type { CommandBroker, Place } from "../../load/brokers/command-broker.ts";

function config({ port, transport, folder }: Place): string {
  return `allow_anonymous true
thread_count 1
log_level none
log_file ${folder}/log
max_qos_msg_pending_per_client 65535
max_qos_bytes_pending_per_client 268435456
listen {
  protocol ${transport === "ws" ? "websockets" : "mqtt"}
  inet_protocol ip4
  inet4_bind_address 127.0.0.1
  tcp_nodelay true
  port ${port}
}
`;
}

export const flashmq: CommandBroker = {
  name: "flashmq",
  conditions: "persistence off, no log, one thread, TCP_NODELAY, limits of QoS 1 and 2 raised",
  transports: ["tcp", "ws"],
  commands: ["flashmq"],
  version: (command) => [command, "--version"],
  config,
  start: (command, { configFile }) => [command, "--config-file", configFile],
};
