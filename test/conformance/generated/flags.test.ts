import { PROTOCOL } from "../tables/case.ts";
import {
  connectFlagsOfMqtt31,
  forbiddenConnectFlags,
  otherConnectFlags,
  surplusFields,
} from "../tables/connect-flags.ts";
import { duplicatesInMqtt31, firstFlags, flagCases } from "../tables/flags.ts";
import { describeCases, describeSweeps, useBench } from "./bench.ts";

const bench = useBench();

for (const version of [5, 4] as const) {
  describeCases(bench, `the flags of every packet type of ${PROTOCOL[version]}`, flagCases(version));
  describeCases(bench, `the flags of the first packet of ${PROTOCOL[version]}`, firstFlags(version));
  describeSweeps(bench, `connect flags of ${PROTOCOL[version]}`, forbiddenConnectFlags(version));
  describeSweeps(bench, `connect flags of ${PROTOCOL[version]}`, otherConnectFlags(version));
  describeCases(bench, `fields of a CONNECT of ${PROTOCOL[version]}`, surplusFields(version));
}
describeCases(bench, "flags of MQTT 3.1", duplicatesInMqtt31());
describeCases(bench, "CONNECT of MQTT 3.1", connectFlagsOfMqtt31());
