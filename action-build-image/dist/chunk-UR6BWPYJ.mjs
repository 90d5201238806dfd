import{EngineError}from"./chunk-TDAZW5R2.mjs";var ApkError=class extends EngineError{};export{ApkError};
