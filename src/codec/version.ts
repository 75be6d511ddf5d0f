import type { MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from "../../assembly/shared/limits.ts";

/** The protocol level of a connection: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0. */
export type ProtocolVersion = typeof MQTT_3_1 | typeof MQTT_3_1_1 | typeof MQTT_5_0;
