import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{describePackage,describePackageFile,signerJudge}from"./chunk-FZBAYLXV.mjs";import"./chunk-Z67YUI4W.mjs";import"./chunk-6V3KU3K7.mjs";import"./chunk-GDR2EFML.mjs";export{describePackage,describePackageFile,signerJudge};
