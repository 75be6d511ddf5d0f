import { placements, repetitions } from "../tables/property-placement.ts";
import {
  aliasesWhereThereAreNone,
  cutValues,
  forbiddenValues,
  missingMethods,
  sessionExpiries,
  TOPIC_ALIAS_MAXIMUM,
  topicAliases,
  unknownProperties,
  wrongPropertyLengths,
} from "../tables/property-values.ts";
import { describeCases, describeSweeps, useBench } from "./bench.ts";

const bench = useBench({ limits: { topicAliasMaximum: TOPIC_ALIAS_MAXIMUM } });
const withoutAliases = useBench({ limits: { topicAliasMaximum: 0 } });

describeCases(bench, "every property in every packet of MQTT 5.0", placements());
describeCases(bench, "every property twice", repetitions());
describeCases(bench, "values that a property may not have", forbiddenValues());
describeCases(bench, "topic aliases in the place of a topic name", topicAliases());
describeCases(withoutAliases, "topic aliases where the server takes none", aliasesWhereThereAreNone());
describeCases(bench, "authentication without a method", missingMethods());
describeCases(bench, "Session Expiry Interval on DISCONNECT", sessionExpiries());
describeCases(bench, "properties that end too early", cutValues());
describeCases(bench, "property lengths that do not fit", wrongPropertyLengths());
describeSweeps(bench, "identifiers that no property has", unknownProperties());
