import { PROTOCOL } from "../tables/case.ts";
import { invalidTexts, validTexts } from "../tables/text.ts";
import { describeCases, useBench } from "./bench.ts";

const bench = useBench();

for (const version of [5, 4] as const) {
  describeCases(bench, `strings of ${PROTOCOL[version]} that are not UTF-8`, invalidTexts(version));
  describeCases(bench, `strings of ${PROTOCOL[version]} that are UTF-8`, validTexts(version));
}
