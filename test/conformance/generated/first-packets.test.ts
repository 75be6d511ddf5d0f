import { PROTOCOL } from "../tables/case.ts";
import {
  emptyClientIdentifiers,
  firstPackets,
  packetsAmidAuthentication,
  protocolLevels,
  protocolNames,
} from "../tables/first-packets.ts";
import { describeCases, describeSweeps, useBench } from "./bench.ts";

const bench = useBench();

for (const version of [5, 4] as const) {
  describeCases(bench, `the first packet of ${PROTOCOL[version]}`, firstPackets(version));
  describeCases(bench, `protocol names that ${PROTOCOL[version]} does not have`, protocolNames(version));
}
describeSweeps(bench, "protocol levels that there are not", protocolLevels());
describeCases(bench, "packets before the CONNACK of MQTT 5.0", packetsAmidAuthentication());
describeCases(bench, "empty client identifiers", emptyClientIdentifiers());
