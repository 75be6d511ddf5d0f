import { definedReasonCodes, undefinedReasonCodes } from "../tables/reason-codes.ts";
import { describeCases, describeSweeps, useBench } from "./bench.ts";

const bench = useBench();

describeCases(bench, "reason codes that the packets of a client have", definedReasonCodes());
describeSweeps(bench, "reason codes that they do not have", undefinedReasonCodes());
