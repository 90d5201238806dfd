import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{describePackage,describePackageFile,signerJudge}from"./chunk-NALB6VL3.mjs";import"./chunk-UV4QNW5Q.mjs";import"./chunk-NYNOAP5T.mjs";export{describePackage,describePackageFile,signerJudge};
