/** Opens a snapshot, says so, and holds it until it is killed: `node reader.js <directory>` */
import { Snapshot } from "../../../dist/src/persistence/disk/snapshot.js";

const [, , directory = ""] = process.argv;
await Snapshot.open(directory);
process.stdout.write("open\n");
process.stdin.resume();
