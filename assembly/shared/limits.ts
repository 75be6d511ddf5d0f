/** Highest protocol level this core decodes: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0. 0 stands for "no CONNECT yet". */
export const MQTT_3_1 = 3;
export const MQTT_3_1_1 = 4;
export const MQTT_5_0 = 5;

/** Levels that a topic name or topic filter may have. */
export const MAX_LEVELS = 128;

/** Bytes of a topic name or topic filter: what its two-byte length prefix can say. [MQTT-4.7.3-3] */
export const MAX_TOPIC_BYTES = 65535;
