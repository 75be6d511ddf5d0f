import { PROTOCOL } from "../tables/case.ts";
import { sharedOptions, subscriptionOptions } from "../tables/subscription-options.ts";
import { invalidFilters, invalidNames, validFilters, validNames } from "../tables/topics.ts";
import { describeCases, describeSweeps, useBench } from "./bench.ts";

const bench = useBench();

for (const version of [5, 4] as const) {
  describeCases(bench, `topic names that ${PROTOCOL[version]} does not allow`, invalidNames(version));
  describeCases(bench, `topic names that ${PROTOCOL[version]} allows`, validNames(version));
  describeCases(bench, `topic filters that ${PROTOCOL[version]} does not allow`, invalidFilters(version));
  describeCases(bench, `topic filters that ${PROTOCOL[version]} allows`, validFilters(version));
}
for (const version of [5, 4, 3] as const) {
  describeSweeps(bench, `subscription options of ${PROTOCOL[version]}`, subscriptionOptions(version));
}
describeSweeps(bench, "options of shared subscriptions", sharedOptions());
