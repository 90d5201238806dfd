// Loaded on demand only: the cache client brings the Azure storage library with it.
export { isFeatureAvailable, restoreCache, saveCache } from "@actions/cache";
