import { runStages } from "@apkmill/action-kit"; await runStages({ main: async () => { await Promise.resolve(); } });
