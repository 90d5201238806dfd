import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{describePackage,describePackageFile,signerJudge}from"./chunk-IKSDUCIA.mjs";import"./chunk-ACWPHAV6.mjs";import"./chunk-VS63ZMAV.mjs";import"./chunk-GDR2EFML.mjs";export{describePackage,describePackageFile,signerJudge};
