import { placeInImage, type ImageConfig } from "@apkmill/config";
import { EngineError, isEngineError } from "@apkmill/core";

/**
 * Does `work` for a value of the configuration: `text` below `key`, or the value of the key itself. An error that has no place in a
 * file gets that of the value.
 * @throws what `work` throws
 */
export function atValue<T>(config: ImageConfig, key: string, text: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const place = placeInImage(config, key, text);
    if (!isEngineError(error) || error.context.file !== undefined || place === undefined) throw error;
    const { code, message, hint, kind, context, cause, problems, reasons } = error;
    const options = { hint, kind, context: { ...context, ...place }, cause, problems, reasons };
    throw new EngineError(code, message, options);
  }
}
