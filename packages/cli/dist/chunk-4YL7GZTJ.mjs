import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{describePackage,describePackageFile,signerJudge}from"./chunk-ARBMDWKV.mjs";import"./chunk-LRS6MZ75.mjs";import"./chunk-CTDLGQAF.mjs";import"./chunk-GDR2EFML.mjs";export{describePackage,describePackageFile,signerJudge};
