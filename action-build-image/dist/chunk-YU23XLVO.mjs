import{EngineError}from"./chunk-TDAZW5R2.mjs";var ImageError=class extends EngineError{};export{ImageError};
