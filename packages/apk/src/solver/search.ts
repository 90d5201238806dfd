import { applyConstraint } from "./constrain.ts";
import { decide } from "./decide.ts";
import { isIdle } from "./idle.ts";
import type { Constraint } from "./model.ts";
import { reconsider } from "./reconsider.ts";
import type { SearchState } from "./search-state.ts";

/**
 * Which package does each name get? apk's algorithm, from the rules of reference apk-formats A10.
 *
 * Contract: afterwards every name that matters is locked to a provider or to none; packages that were chosen although they do
 * not fit are marked as failed. Nothing is ever undone: where apk decides itself into a corner, so does this.
 *
 * Steps: apply the world's constraints in their order; then, as long as there is one, reconsider the names whose possibilities
 * changed, and decide the next undecided name.
 *
 * @throws ApkError APK_RESOLVE_LIMIT
 */
export function search(state: SearchState, world: readonly Constraint[]): void {
  for (const constraint of world) applyConstraint(state, undefined, constraint);
  for (;;) {
    for (let next = state.takeDirty(); next !== undefined; next = state.takeDirty()) {
      if (typeof next === "object") reconsider(state, next);
      else if (!isIdle(state, next)) reconsider(state, state.wake(next));
    }
    const undecided = state.undecided.take();
    if (undecided === undefined) return;
    decide(state, undecided);
  }
}
