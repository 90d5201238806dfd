import { join } from "node:path";
import { ActionError, downloadFolder, textInput, workspacePath } from "@apkmill/action-kit";

/** The layout to publish: a folder of this job, or an artifact of an earlier one whose digest is checked, unpacked below `scratch`. @throws ActionError ACTION_INPUT, ACTION_ARTIFACT */
export async function fetchLayout(scratch: string): Promise<string> {
  const [layout, id, digest] = [textInput("layout"), textInput("artifact-id"), textInput("artifact-digest")];
  if ((layout === "") === (id === "")) {
    throw new ActionError("ACTION_INPUT", "expected either layout or artifact-id, found both or neither", {
      hint: "pass layout in the job that built the image, artifact-id and artifact-digest in another",
    });
  }
  if (layout !== "") return workspacePath("layout", layout);
  const folder = join(scratch, "layout");
  await downloadFolder(id, digest, folder);
  return folder;
}
