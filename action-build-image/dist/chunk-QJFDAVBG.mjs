import{EngineError}from"./chunk-TDAZW5R2.mjs";var CoreError=class extends EngineError{};export{CoreError};
