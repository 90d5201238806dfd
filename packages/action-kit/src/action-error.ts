import { EngineError } from "@apkmill/core";

export type ActionErrorCode = "ACTION_INPUT" | "ACTION_ENVIRONMENT" | "ACTION_ARTIFACT" | "ACTION_TEST_FAILED";

/** A step was given inputs that do not fit, or runs where it cannot. */
export class ActionError extends EngineError<ActionErrorCode> {}
