import type { InstalledDirectory } from "@apkmill/apk";
import { describeInstalled } from "../describe-installed.ts";
import { joinPath } from "../entry-path.ts";
import type { DatabaseRecord } from "../lay-database.ts";
import { ownerAt, type Laying } from "../laying.ts";
import { standingFiles } from "../planned-packages.ts";
import type { Changing } from "./changing.ts";

/** What the database is to say of all that is installed now: of what was laid anew, and of the rest what it said before. */
export function describeRecords({ present, laying, request }: Changing): DatabaseRecord[] {
  return [...present.values()].map((one) => {
    if (one.kind === "laid") {
      const { laid, tag } = one;
      const record = request.records?.get(laid.index);
      const installed = describeInstalled(laid, standingFiles(laying, laid), { record, tag });
      return { installed, scripts: laid.scripts, triggers: laid.triggers };
    }
    const { installed, index } = one;
    return {
      installed: { ...installed, directories: installed.directories.map((each) => remaining(laying, index, each)) },
      scripts: request.root.scripts.get(installed.checksum) ?? new Map(),
      triggers: request.root.triggers.get(installed.checksum) ?? [],
    };
  });
}

/** A directory of the database without the files that other packages took over. */
function remaining(laying: Laying, index: number, directory: InstalledDirectory): InstalledDirectory {
  const place = laying.tree.resolve(directory.path);
  const isLost = (path: string): boolean => {
    const owner = ownerAt(laying, path);
    return owner !== undefined && owner !== index && owner < laying.packages.length;
  };
  const files = directory.files.filter(({ name }) => place.found === "obstacle" || !isLost(joinPath(place.path, name)));
  return { ...directory, files };
}
