import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{EngineError}from"./chunk-6V3KU3K7.mjs";import{__name}from"./chunk-GDR2EFML.mjs";var CliError=class extends EngineError{static{__name(this,"CliError")}};export{CliError};
