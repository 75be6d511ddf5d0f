import { PROTOCOL } from "../tables/case.ts";
import { wholePackets, wrongLengths } from "../tables/lengths.ts";
import { truncations } from "../tables/truncations.ts";
import { describeCases, useBench } from "./bench.ts";

const bench = useBench();

for (const version of [5, 4] as const) {
  describeCases(bench, `whole packets of ${PROTOCOL[version]}`, wholePackets(version));
  describeCases(bench, `packets of ${PROTOCOL[version]} cut off anywhere`, truncations(version));
  describeCases(bench, `packets of ${PROTOCOL[version]} with wrong lengths`, wrongLengths(version));
}
