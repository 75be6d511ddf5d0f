import type { CommandBroker, Place } from "../../load/brokers/command-broker.ts";

/** EMQX takes each setting from the environment as well: EMQX_ and the path of the setting, its dots doubled underscores. */
function settings({ port, transport, folder }: Place): string[] {
  const [used, unused] = transport === "ws" ? ["WS", "TCP"] : ["TCP", "WS"];
  return [
    `EMQX_NODE__DATA_DIR=${folder}`,
    `EMQX_LISTENERS__${used}__DEFAULT__BIND=127.0.0.1:${port}`,
    ...[unused, "SSL", "WSS"].map((listener) => `EMQX_LISTENERS__${listener}__DEFAULT__ENABLE=false`),
    `EMQX_LISTENERS__${used}__DEFAULT__TCP_OPTIONS__NODELAY=true`,
    "EMQX_DASHBOARD__LISTENERS__HTTP__BIND=0",
    "EMQX_LOG__CONSOLE__LEVEL=error",
    "EMQX_FORCE_SHUTDOWN__ENABLE=false",
    "EMQX_MQTT__MAX_INFLIGHT=65535",
    "EMQX_MQTT__MAX_MQUEUE_LEN=infinity",
  ];
}

export const emqx: CommandBroker = {
  name: "emqx",
  conditions: "one node, dashboard and other listeners off, errors logged, TCP_NODELAY, no limit on its queues",
  transports: ["tcp", "ws"],
  commands: ["emqx"],
  // Its own command tells the version of a node that runs; the file beside it that of the package.
  version: (command) => [
    "sh",
    "-c",
    `. "$(dirname "$(readlink -f "$(command -v ${command})")")/../releases/emqx_vars" && echo "$REL_VSN"`,
  ],
  config: () => "",
  start: (command, place) => ["env", ...settings(place), command, "foreground"],
};
